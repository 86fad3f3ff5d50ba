"""A token that ends while its request is under way changes and reveals nothing: its right is looked at again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from kit.secret import Secret
from models import ApiToken, Scope
from resolvers.tokens.text import hash_of
from startup.database import open_database
from tests.support.actions import history, kinds, state
from tests.support.client import Client
from tests.support.documents import CREDENTIALS, REVOKE_TOKEN
from tests.support.gate import Gate
from tests.support.idempotency import Keyed, claims
from tests.support.mutations import ASKING, MUTATIONS
from tests.support.oauth import begin, returned
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

Lose = Callable[[Tenant, Client], Awaitable[None]]

# Their change is committed before they call Stripe.
_DONE_BEFORE = {"completeStripeAuth, account", "deleteCredential"}


async def _change(tenant: Tenant, client: Client, **changes: Any) -> str:
    """Changes the stored token of a client; returns its id."""
    async with open_database(tenant.server.settings):
        token = await ApiToken.get(token_hash=hash_of(Secret(str(client.token))))
        if changes:
            await ApiToken.filter(id=token.id).update(**changes)
        return str(token.id)


async def _revoke(tenant: Tenant, client: Client) -> None:
    revoked = await tenant.client.result(REVOKE_TOKEN, input={"id": await _change(tenant, client)})
    assert revoked["__typename"] == "RevokeTokenSuccess"


async def _expire(tenant: Tenant, client: Client) -> None:
    """Lets the token expire, and ends it as the daemon does, so that its event is there before the request goes on."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    id_ = await _change(tenant, client, expires_at=past)
    assert "expired" in (await tenant.client.result(REVOKE_TOKEN, input={"id": id_}))["message"]


async def _narrow(tenant: Tenant, client: Client) -> None:
    await _change(tenant, client, scopes=[])


_WAYS: dict[str, tuple[Lose, str]] = {
    "revoked": (_revoke, "UNAUTHENTICATED"),
    "expired": (_expire, "UNAUTHENTICATED"),
    "narrowed": (_narrow, "FORBIDDEN"),
}
# Every mutation with a token that is revoked, and one of each kind of use with the other ways.
_CASES = [
    *((mutation, "revoked") for mutation in MUTATIONS),
    *((mutation, way) for mutation in ("revealSecret", "setIntegrationActive") for way in ("expired", "narrowed")),
]


def _behind_another(document: str) -> str:
    """Puts a mutation that waits for Stripe before the one of the document: fields of mutations run one by one."""
    first = "first: createCredential(input: $first) { __typename }"
    return document.replace("($input", "($first: CreateCredentialInput!, $input", 1).replace("{ ", f"{{ {first} ", 1)


@pytest.mark.parametrize(("mutation", "way"), _CASES)
async def test_what_has_waited_for_its_turn_is_refused(
    gated: RunningServer, gate: Gate, mutation: str, way: str
) -> None:
    tenant = await new_tenant(gated)
    partner = await tenant.client_with(*Scope)
    document, prepare = MUTATIONS[mutation]
    given = await prepare(partner)
    refused = {"name": "Refused", "secretKey": secret_key(behaviour="rejected")}
    lose, code = _WAYS[way]
    with gate.holding("/v1/account") as hold:
        waiting = asyncio.create_task(partner.post(_behind_another(document), input=given, first=refused))
        await hold.arrival()
        await lose(tenant, partner)
        before = await state(tenant.client)
        hold.open()
        response = await waiting
    assert _refusal(response) == (mutation, code)
    assert await state(tenant.client) == before
    if mutation == "deleteCredential":  # otherwise Stripe would not be asked for another organization's of this account
        await tenant.client.result(document, input=given)


def _refusal(response: httpx.Response) -> tuple[str, str]:
    """Returns the path and code of the only error."""
    (error,) = response.json()["errors"]
    (field,) = error["path"]
    return field, error["extensions"]["code"]


@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "with a key"])
@pytest.mark.parametrize("case", ASKING)
async def test_nothing_follows_the_end_of_a_token_that_has_waited_for_stripe(
    gated: RunningServer, gate: Gate, case: str, keyed: bool
) -> None:
    mutation, path, prepare = ASKING[case]
    tenant = await new_tenant(gated)
    partner = await tenant.client_with(*Scope)
    request = Keyed(MUTATIONS[mutation][0], await prepare(partner))
    with gate.holding(path) as hold:
        sending = request.send(partner) if keyed else partner.post(request.document, input=request.input)
        waiting = asyncio.create_task(sending)
        await hold.arrival()
        await _revoke(tenant, partner)
        hold.open()
        response = await waiting
    assert (await kinds(tenant.client))[-1] == "TOKEN_REVOKED"
    if case in _DONE_BEFORE:
        assert response.json()["data"][mutation]["__typename"].endswith("Success")
    else:
        assert _refusal(response) == (mutation, "UNAUTHENTICATED")
        assert await claims(gated.settings, request.key) == []


async def test_an_account_that_nobody_may_store_any_more_is_given_back(gated: RunningServer, gate: Gate) -> None:
    tenant = await new_tenant(gated)
    partner = await tenant.client_with(*Scope)
    given = await returned(await begin(partner, destination="STRIPE"))
    with gate.holding("/oauth/token") as hold:
        waiting = asyncio.create_task(partner.post(MUTATIONS["completeStripeAuth"][0], input=given))
        await hold.arrival()
        await _revoke(tenant, partner)
        with gate.holding("/oauth/deauthorize") as withdrawing:
            hold.open()
            await withdrawing.arrival()
            withdrawing.open()
            response = await waiting
    assert _refusal(response) == ("completeStripeAuth", "UNAUTHENTICATED")
    (credential,) = (await tenant.client.result(CREDENTIALS))["nodes"]
    assert credential["status"] == "INCOMPLETE"
    assert (await history(tenant.client))[-1]["kind"] == "TOKEN_REVOKED"
