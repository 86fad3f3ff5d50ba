"""A code from Stripe completes only the authorization whose state it came with (RFC 9700, 4.5)."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tortoise.context import TortoiseContext

from kit.secret import Secret
from models import Destination, Organization, StripeAuth
from resolvers.context import utc_now
from resolvers.stripe_auth import states
from tests.support.client import Client
from tests.support.oauth import approve, begin, come_back, complete, exchanges, returned
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.secrecy import keep
from tests.support.servers import RunningServer


async def _call_back(client: Client, **parameters: str) -> int:
    """The status of a redirect from Stripe with these parameters."""
    async with plain_client() as http:
        return (await http.get(f"{client.address}/stripe/callback", params=parameters)).status_code


async def _approved(begun: dict[str, Any]) -> dict[str, str]:
    """State and code of an approval whose redirect is held back."""
    parameters = dict(parse_qsl(urlsplit(await approve(begun["authorizationUrl"])).query))
    return {name: keep(value) for name, value in parameters.items() if name in {"state", "code"}}


async def _refused(client: Client, given: dict[str, str]) -> None:
    assert (await complete(client, given)).get("reason") == "UNKNOWN_STATE"


async def test_anothers_code_does_not_complete_my_attempt(client: Client, server: RunningServer) -> None:
    other = (await new_tenant(server)).client
    mine, theirs = await returned(await begin(client)), await returned(await begin(other))
    await _refused(client, {"state": mine["state"], "code": theirs["code"]})
    assert await exchanges(client, theirs["code"]) == 0
    for owner, given in ((client, mine), (other, theirs)):
        assert (await complete(owner, given))["__typename"] == "CompleteStripeAuthSuccess"


async def test_a_code_that_never_came_with_the_state_does_not_complete_it(client: Client) -> None:
    mine, other = await _approved(await begin(client, "Mine")), await _approved(await begin(client, "Other"))
    for given in (mine, {"state": mine["state"], "code": other["code"]}, {"state": mine["state"], "code": ""}):
        await _refused(client, given)
    assert await exchanges(client, mine["code"]) == 0


async def test_a_code_that_came_with_one_state_does_not_come_with_another(
    client: Client, server: RunningServer
) -> None:
    other = (await new_tenant(server)).client
    mine, theirs = await _approved(await begin(client)), await returned(await begin(other))
    stolen = {"state": mine["state"], "code": theirs["code"]}
    assert await _call_back(client, **stolen) == 404
    await _refused(client, stolen)
    assert await exchanges(client, theirs["code"]) == 0
    assert await _call_back(client, **mine) == 303
    assert (await complete(client, mine))["__typename"] == "CompleteStripeAuthSuccess"


async def test_the_first_code_that_comes_with_a_state_stays(client: Client) -> None:
    begun = await begin(client)
    first, second = await _approved(begun), await _approved(begun)
    assert first["state"] == second["state"]
    assert first["code"] != second["code"]
    assert [await _call_back(client, **given) for given in (first, second, first)] == [303, 404, 303]
    await _refused(client, second)
    assert (await complete(client, first))["__typename"] == "CompleteStripeAuthSuccess"
    assert (await exchanges(client, first["code"]), await exchanges(client, second["code"])) == (1, 0)


async def test_of_twenty_codes_that_come_at_once_one_stays(client: Client) -> None:
    begun = await begin(client)
    came = [await _approved(begun) for _ in range(20)]
    statuses = await asyncio.gather(*(_call_back(client, **given) for given in came))
    assert sorted(statuses) == [303, *[404] * 19]
    results = await asyncio.gather(*(complete(client, given) for given in came))
    outcomes = [result.get("reason", "connected") for result in results]
    assert outcomes == ["connected" if status == 303 else "UNKNOWN_STATE" for status in statuses]


async def test_a_completed_attempt_has_no_outcome_for_another_code(client: Client, server: RunningServer) -> None:
    other = (await new_tenant(server)).client
    mine, theirs = await returned(await begin(client)), await returned(await begin(other))
    first = await complete(client, mine)
    await _refused(client, {"state": mine["state"], "code": theirs["code"]})
    assert await complete(client, mine) == first
    assert await exchanges(client, mine["code"]) == 1


async def test_a_user_who_declined_first_may_still_approve(client: Client) -> None:
    begun = await begin(client)
    assert (await come_back(await approve(begun["authorizationUrl"], decision="deny")))["error"] == "access_denied"
    assert (await complete(client, await returned(begun)))["__typename"] == "CompleteStripeAuthSuccess"


async def test_a_code_that_arrives_between_read_and_write_is_not_replaced(
    database: TortoiseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    bind = states._bind  # noqa: SLF001 - the test holds a redirect back at this point

    async def late(attempt: StripeAuth, code_hash: str) -> bool:
        await StripeAuth.filter(id=attempt.id).update(code_hash="first")
        return await bind(attempt, code_hash)

    monkeypatch.setattr(states, "_bind", late)
    with database:
        organization = await Organization.create(name=utc_now().isoformat(), created_at=utc_now())
        state = states.new_state().reveal()
        attempt = await StripeAuth.create(
            organization_id=organization.id,
            credential_id="credential_x",
            viewer_id="token_x",
            state_hash=states.hash_of_state(state),
            destination=Destination.STRIPE_TEST_MODE,
            return_url="https://app.example.com/x",
            created_at=utc_now(),
            expires_at=utc_now(),
        )
        assert await states.accept_return(state, Secret("ac_second")) is None
        await attempt.refresh_from_db()
        assert attempt.code_hash == "first"
