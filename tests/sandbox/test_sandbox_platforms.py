"""The sandbox's OAuth endpoints answer as Stripe does if the platform, the code or the token is wrong."""

import itertools
import time
from collections.abc import Mapping

import httpx
import pytest

from sandbox import registered_applications
from sandbox.keys import Behaviour
from sandbox.oauth import EXCHANGES
from sandbox.webhooks import deauthorized
from tests.support.client import Client
from tests.support.oauth import begin, returned
from tests.support.plain import plain_client
from tests.support.secrecy import keep
from tests.support.servers import RunningServer
from tests.support.stripe import changed_at_stripe, platform_key
from tests.support.stripe_app import SECRET_KEY
from tests.support.stripe_schema import assert_is

_PLATFORM = "sk_test_SandboxPlatform"
_ACCOUNT = "acct_1SandboxOther"
_CLIENT_ID = "ca_SandboxTest"
_numbers = itertools.count()


async def _call(server: RunningServer, path: str, form: Mapping[str, str], key: str = _PLATFORM) -> httpx.Response:
    async with plain_client(base_url=f"{server.address}/sandbox") as http:
        method = "POST" if form else "GET"
        headers = {"Authorization": f"Bearer {key}"}
        return await http.request(method, path, data=form or None, headers=headers)


async def _exchange(server: RunningServer, client: Client, exchange: str) -> httpx.Response:
    code = (await returned(await begin(client, f"Acme {next(_numbers)}"), exchange=exchange))["code"]
    return await _call(server, "/oauth/token", {"grant_type": "authorization_code", "code": code})


async def _token(server: RunningServer, client: Client) -> str:
    return keep(str((await _exchange(server, client, "other account")).json()["access_token"]))


async def _works(server: RunningServer, token: str) -> bool:
    response = await _call(server, "/v1/account", {}, token)
    if response.status_code == 200:
        assert response.json()["id"] == _ACCOUNT
        return True
    assert (response.status_code, response.json()["error"]["code"]) == (401, "platform_api_key_expired")
    return False


async def test_a_token_ends_with_its_connection_and_does_not_come_back(client: Client, server: RunningServer) -> None:
    first = await _token(server, client)
    assert await _works(server, first)
    form = {"client_id": _CLIENT_ID, "stripe_user_id": _ACCOUNT}
    assert (await _call(server, "/oauth/deauthorize", form)).json() == {"stripe_user_id": _ACCOUNT}
    assert not await _works(server, first)
    second = await _token(server, client)
    assert await _works(server, second)
    assert not await _works(server, first)


async def test_a_code_that_is_used_again_ends_the_token(client: Client, server: RunningServer) -> None:
    code = (await returned(await begin(client), exchange="other account"))["code"]
    form = {"grant_type": "authorization_code", "code": code}
    token = keep(str((await _call(server, "/oauth/token", form)).json()["access_token"]))
    again = await _call(server, "/oauth/token", form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not await _works(server, token)


async def test_a_token_of_an_earlier_run_is_dead(server: RunningServer) -> None:
    assert not await _works(server, keep("sk_test_oauth0123456789abcdef0123456789abcdef"))


@pytest.mark.parametrize(
    ("behaviour", "status", "error"),
    [("rejected", 401, "invalid_client"), ("expired", 401, "invalid_client"), ("restricted", 403, None)],
)
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/deauthorize"])
async def test_the_platform_s_key_decides_what_becomes_of_its_calls(
    server: RunningServer, path: str, behaviour: str, status: int, error: str | None
) -> None:
    form = {"client_id": _CLIENT_ID, "stripe_user_id": "acct_1", "code": "ac_1", "grant_type": "authorization_code"}
    async with platform_key(server, behaviour):
        response = await _call(server, path, form)
    assert response.status_code == status
    assert error is None or response.json()["error"] == error
    assert response.headers["request-id"].startswith("req_")


@pytest.mark.parametrize("behaviour", sorted(set(Behaviour) - {Behaviour.SLOW}))
@pytest.mark.parametrize(("path", "key"), [("/oauth/token", _PLATFORM), ("/v1/oauth/token", SECRET_KEY)])
async def test_every_behaviour_of_a_platform_s_key_has_an_answer(
    server: RunningServer, path: str, key: str, behaviour: str
) -> None:
    form = {"grant_type": "authorization_code", "code": "ac_nobody"}
    async with changed_at_stripe(server, key, behaviour):
        response = await _call(server, path, form, key)
    works = behaviour in {"accepted", "otheraccount"}
    assert (response.status_code == 400 and response.json()["error"] == "invalid_grant") is works
    assert response.status_code != 500 or behaviour == "unavailable"


@pytest.mark.slow
async def test_a_slow_platform_s_key_gets_its_answer_after_the_server_s_time_out(server: RunningServer) -> None:
    async with platform_key(server, "slow"):
        began = time.monotonic()
        response = await _call(server, "/oauth/token", {"grant_type": "authorization_code", "code": "ac_nobody"})
    assert time.monotonic() - began >= server.settings.stripe.stripe_timeout_seconds
    assert response.json()["error"] == "invalid_grant"


async def test_an_unknown_platform_and_an_unknown_account_are_told_apart_by_their_words_alone(
    server: RunningServer,
) -> None:
    form = {"client_id": _CLIENT_ID, "stripe_user_id": "acct_1Unknown"}
    answers = [await _call(server, "/oauth/deauthorize", form, key) for key in ("sk_test_nobody's", _PLATFORM)]
    assert [(each.status_code, each.json()["error"]) for each in answers] == [(401, "invalid_client")] * 2
    assert answers[0].json()["error_description"] != answers[1].json()["error_description"]


async def test_deauthorizing_needs_both_parameters(server: RunningServer) -> None:
    response = await _call(server, "/oauth/deauthorize", {"client_id": _CLIENT_ID})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_a_code_of_the_other_mode_is_told_by_words(client: Client, server: RunningServer) -> None:
    assert "wrong mode" in EXCHANGES
    answer = (await _exchange(server, client, "wrong mode")).json()
    assert answer["error"] == "invalid_grant"
    assert "testmode API key" in answer["error_description"]


@pytest.mark.parametrize("form", [{}, {"client_id": _CLIENT_ID}, {"client_id": "ca_x", "event": "thin"}])
async def test_sending_a_webhook_needs_a_platform_and_an_event(server: RunningServer, form: dict[str, str]) -> None:
    response = await _call(server, "/accounts/send", {"account": _ACCOUNT, **form})
    assert response.status_code == 400


async def test_the_platform_s_key_may_be_a_user_name_or_a_field(server: RunningServer) -> None:
    form = {"client_id": _CLIENT_ID, "stripe_user_id": "acct_1Unknown"}
    async with plain_client(base_url=f"{server.address}/sandbox") as http:
        ways = [
            await http.post("/oauth/deauthorize", data=form, auth=(_PLATFORM, "")),
            await http.post("/oauth/deauthorize", data={**form, "client_secret": _PLATFORM}),
            await http.post("/oauth/deauthorize", data=form),
        ]
    texts = [way.json()["error_description"] for way in ways]
    assert [text.startswith("This application is not connected") for text in texts] == [True, True, False]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"code": "ac_1"}, "invalid_request"),
        ({"grant_type": "refresh_token", "code": "ac_1"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "ac_1"}, "invalid_grant"),
    ],
    ids=str,
)
async def test_a_bad_exchange_is_refused(server: RunningServer, form: dict[str, str], error: str) -> None:
    response = await _call(server, "/oauth/token", {"ignored": "x", **form})
    assert (response.status_code, response.json()["error"]) == (400, error)


async def test_a_code_is_not_exchanged_with_the_key_of_the_other_mode(client: Client, server: RunningServer) -> None:
    code = (await returned(await begin(client, f"Acme {next(_numbers)}")))["code"]
    form = {"grant_type": "authorization_code", "code": code}
    answer = (await _call(server, "/oauth/token", form, "sk_live_SandboxPlatform")).json()
    assert answer["error"] == "invalid_grant"
    assert answer["error_description"].startswith("Passed in livemode API key but")
    assert "access_token" in (await _call(server, "/oauth/token", form)).json(), "the code was not used up"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "ca_nobody"}, "invalid_client"),
        ({"redirect_uri": "https://evil.example/callback"}, "invalid_redirect_uri"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
    ids=str,
)
async def test_a_bad_authorization_request_is_shown_and_not_sent_back(
    server: RunningServer, changes: dict[str, str], error: str
) -> None:
    response = await _authorize(server, changes)
    assert response.status_code == 400
    assert f"<code>{error}</code>" in response.text
    assert "This is not Stripe." in response.text


async def test_without_a_redirect_uri_the_registered_one_is_used(server: RunningServer) -> None:
    assert (await _authorize(server, {})).status_code == 200
    denied = await _authorize(server, {"decision": "deny"}, "POST")
    assert denied.status_code == 303
    assert denied.headers["location"].startswith(f"{server.address}/stripe/callback?error=access_denied")


async def _authorize(server: RunningServer, changes: Mapping[str, str], method: str = "GET") -> httpx.Response:
    query = {"client_id": _CLIENT_ID, "response_type": "code", "state": "s", **changes}
    async with plain_client(base_url=f"{server.address}/sandbox") as http:
        return await http.request(method, "/oauth/authorize", **{"params" if method == "GET" else "data": query})  # type: ignore[arg-type]  # by the method


async def test_the_event_of_a_deauthorization_has_stripe_s_shape() -> None:
    application, _ = registered_applications("http://127.0.0.1", "http://127.0.0.1")
    assert_is("event", deauthorized(application, _ACCOUNT))
