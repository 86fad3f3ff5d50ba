"""The codes and tokens of the sandbox's Stripe App: they work once, roll and end, as Stripe's guide has it."""

import re
from typing import Any

import httpx
import pytest

from tests.support.stripe_app import ACCOUNT, SECRET_KEY, StripeApp, answer_of, is_refused


async def test_a_code_is_exchanged_for_tokens_without_a_lifetime(app: StripeApp) -> None:
    answer = await app.tokens()
    assert set(answer) == {
        "access_token",
        "livemode",
        "refresh_token",
        "scope",
        "stripe_publishable_key",
        "stripe_user_id",
        "token_type",
    }
    assert (answer["livemode"], answer["scope"], answer["token_type"]) == (False, "stripe_apps", "bearer")
    assert answer["stripe_user_id"] == ACCOUNT
    assert answer["access_token"].startswith("rk_test_")
    assert answer["refresh_token"].startswith("rt_")
    assert await app.works(answer["access_token"])


async def test_the_developer_s_key_may_be_a_bearer_token(app: StripeApp) -> None:
    form = {"grant_type": "authorization_code", "code": (await app.approve())["code"]}
    headers = {"Authorization": f"Bearer {SECRET_KEY}"}
    answer_of(await app.send("POST", "/v1/oauth/token", data=form, headers=headers))


async def test_a_code_works_once_and_a_second_use_ends_its_tokens(app: StripeApp) -> None:
    code = (await app.approve())["code"]
    answer = answer_of(await app.exchange(code))
    assert is_refused(await app.exchange(code), "This authorization code has already been used.")
    assert not await app.works(answer["access_token"])
    assert is_refused(await app.refresh(answer["refresh_token"]), "Refresh token does not exist: rt_")
    assert is_refused(await app.exchange(code), "This authorization code has already been used.")


async def test_a_code_lives_five_minutes_by_the_clock(app: StripeApp) -> None:
    late, in_time = (await app.approve())["code"], (await app.approve())["code"]
    await app.move_clock(200)
    answer_of(await app.exchange(in_time))
    await app.move_clock(101)
    assert is_refused(await app.exchange(late), f"Authorization code expired: {late}")


async def test_a_code_of_another_mode_endpoint_or_developer_is_refused(app: StripeApp, live: StripeApp) -> None:
    code = (await app.approve())["code"]
    words = "Passed in livemode API key but authorization code only supports returning test keys"
    assert is_refused(await live.exchange(code), words)
    foreign = "Authorization code provided does not belong to you"
    assert is_refused(await app.exchange(code, key="sk_test_51Sandbox0000"), foreign)
    assert is_refused(await app.exchange(code, key="sk_test_SandboxPlatform"), foreign)
    form = {"grant_type": "authorization_code", "code": code}
    assert is_refused(await app.send("POST", "/oauth/token", data=form, auth=(SECRET_KEY, "")), foreign)
    assert is_refused(await app.exchange("ac_nobody"), "Authorization code does not exist: ac_nobody")
    answer_of(await app.exchange(code))


async def test_a_code_of_connect_is_refused(app: StripeApp) -> None:
    query = {"client_id": "ca_SandboxTest", "response_type": "code", "decision": "approve"}
    page = await app.send("POST", "/oauth/authorize", data=query)
    (code,) = re.findall(r"code=(ac_[\w-]+)", page.text)
    assert is_refused(await app.exchange(code), "Authorization code provided does not belong to you")


async def test_a_refresh_replaces_both_tokens_at_once(app: StripeApp) -> None:
    first = await app.tokens()
    second = answer_of(await app.refresh(first["refresh_token"]))
    assert set(second) == set(first)
    assert second["stripe_user_id"] == ACCOUNT
    assert {second["access_token"], second["refresh_token"]} & {first["access_token"], first["refresh_token"]} == set()
    assert not await app.works(first["access_token"])
    assert await app.works(second["access_token"])
    words = f"Refresh token does not exist: {first['refresh_token']}"
    assert is_refused(await app.refresh(first["refresh_token"]), words)
    assert await app.works(second["access_token"]), "a used token ends nothing"
    answer_of(await app.refresh(second["refresh_token"]))


async def test_an_access_token_lives_an_hour_and_a_refresh_token_a_year_by_the_clock(app: StripeApp) -> None:
    answer, before = await app.tokens(), (await app.send("GET", "/clock")).json()
    await app.move_clock(3_500)
    after = (await app.send("GET", "/clock")).json()
    assert after["ahead"] == before["ahead"] + 3_500
    assert after["now"] >= before["now"] + 3_500
    assert await app.works(answer["access_token"])
    await app.move_clock(101)
    assert not await app.works(answer["access_token"])
    answer = answer_of(await app.refresh(answer["refresh_token"]))
    await app.move_clock(364 * 86_400)
    answer = answer_of(await app.refresh(answer["refresh_token"]))
    await app.move_clock(366 * 86_400)
    assert is_refused(await app.refresh(answer["refresh_token"]), "Refresh token does not exist")


async def test_a_chosen_lifetime_is_named_and_counts(app: StripeApp) -> None:
    answer = await app.tokens(expires_in="600")
    assert answer["expires_in"] == 600
    await app.move_clock(601)
    assert not await app.works(answer["access_token"])
    assert answer_of(await app.refresh(answer["refresh_token"]))["expires_in"] == 600


async def test_a_new_authorization_ends_no_tokens(app: StripeApp) -> None:
    first, second = await app.tokens(), await app.tokens()
    assert await app.works(first["access_token"])
    assert await app.works(second["access_token"])


async def test_tokens_are_refreshed_in_their_own_mode(app: StripeApp, live: StripeApp) -> None:
    answer = await app.tokens()
    for given in (live.secret_key, "sk_test_51Sandbox0000"):
        assert is_refused(await app.refresh(answer["refresh_token"], key=given), "Refresh token does not exist")
    assert is_refused(await app.refresh(answer["access_token"]), "Refresh token does not exist: rk_test_")
    answer_of(await app.refresh(answer["refresh_token"]))


async def test_a_token_of_an_earlier_run_has_expired(app: StripeApp) -> None:
    assert not await app.works("rk_test_app0123456789abcdef0123456789abcdef0123456789abcdef")


async def test_an_exchange_can_fail_before_and_after_it_is_done(app: StripeApp) -> None:
    code = (await app.approve(exchange="ratelimited"))["code"]
    assert (await app.exchange(code)).status_code == 429
    answer_of(await app.exchange(code))
    assert is_refused(await app.exchange((await app.approve(exchange="wrong mode"))["code"]), "Passed in testmode API")
    assert (await app.tokens(exchange="other mode"))["livemode"] is True
    assert (await app.tokens(exchange="other account"))["stripe_user_id"] == "acct_1SandboxOther"
    code = (await app.approve(exchange="unavailable"))["code"]
    response = await app.exchange(code)
    assert (response.status_code, response.content) == (500, b"")
    assert is_refused(await app.exchange(code), "This authorization code has already been used.")


@pytest.mark.parametrize(("outcome", "status"), [("unavailable", 500), ("ratelimited", 429)])
async def test_a_refresh_that_fails_changes_nothing(app: StripeApp, outcome: str, status: int) -> None:
    answer = await app.tokens()
    await app.choose_refresh(outcome, token=answer["access_token"])
    for _ in range(2):
        assert (await app.refresh(answer["refresh_token"])).status_code == status
    assert await app.works(answer["access_token"])
    await app.choose_refresh("works", token=answer["refresh_token"])
    answer_of(await app.refresh(answer["refresh_token"]))


async def test_a_revoked_grant_is_not_refreshed(app: StripeApp) -> None:
    answer = await app.tokens()
    await app.choose_refresh("revoked", token=answer["access_token"])
    assert is_refused(await app.refresh(answer["refresh_token"]), "Refresh token does not exist")
    assert not await app.works(answer["access_token"])


@pytest.mark.slow
@pytest.mark.parametrize("call", ["exchange", "refresh"])
async def test_an_answer_can_be_lost_although_the_call_is_done(app: StripeApp, call: str) -> None:
    async def lose(**form: str) -> dict[str, Any]:
        with pytest.raises(httpx.ReadTimeout):
            await app.send("POST", "/v1/oauth/token", data=form, auth=(SECRET_KEY, ""), timeout=1)
        return form

    if call == "exchange":
        form = await lose(grant_type="authorization_code", code=(await app.approve(exchange="lost"))["code"])
        assert is_refused(await app.token(**form), "This authorization code has already been used.")
        return
    answer = await app.tokens()
    await app.choose_refresh("lost", token=answer["access_token"])
    form = await lose(grant_type="refresh_token", refresh_token=answer["refresh_token"])
    assert is_refused(await app.token(**form), "Refresh token does not exist")
    assert not await app.works(answer["access_token"])
