"""A refused request with an Idempotency-Key stores nothing; it can be repeated until it succeeds."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from models import ApiToken, Organization, Scope
from startup.database import open_database
from tests.support.actions import add_credential, add_integration, state
from tests.support.documents import CREATE_CREDENTIAL, ISSUE_TOKEN, REVOKE_TOKEN, UPDATE_CREDENTIAL, UPDATE_INTEGRATION
from tests.support.idempotency import Keyed, claims, code, result
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import plain_client
from tests.support.secrecy import secret_key
from tests.support.stripe import change_at_stripe

pytestmark = pytest.mark.usefixtures("quiet")

_CREATE_ONE = """mutation ($input: CreateCredentialInput!) { createCredential(input: $input) { __typename } }"""
Way = Callable[[], Awaitable[object]]
Case = Callable[[Tenant], Awaitable[tuple[Keyed, Way]]]


async def name_taken(tenant: Tenant) -> tuple[Keyed, Way]:
    """Refused until the other integration is renamed."""
    taken = await add_credential(tenant.client, "Taken")
    request = Keyed(CREATE_CREDENTIAL, {"name": "Taken", "secretKey": secret_key()})
    return request, lambda: tenant.client.result(UPDATE_CREDENTIAL, input={"id": taken["id"], "name": "Free"})


def key_that_is(behaviour: str) -> Case:
    """Refused until Stripe accepts the key."""

    async def prepare(tenant: Tenant) -> tuple[Keyed, Way]:
        key = secret_key(behaviour=behaviour)
        request = Keyed(CREATE_CREDENTIAL, {"name": "Keyed", "secretKey": key})
        return request, lambda: change_at_stripe(tenant.server, key, "accepted")

    return prepare


async def stale_version(tenant: Tenant) -> tuple[Keyed, Way]:
    """Refused until the expected version exists."""
    row = await add_integration(tenant.client)
    request = Keyed(UPDATE_INTEGRATION, {"id": row["id"], "name": "Mine", "expectedVersion": row["version"] + 1})
    return request, lambda: tenant.client.result(UPDATE_INTEGRATION, input={"id": row["id"], "name": "Theirs"})


async def not_found(tenant: Tenant) -> tuple[Keyed, Way]:
    """Refused until the other organization's token is moved to this one."""
    other = await new_tenant(tenant.server)
    token = (await other.client.result(ISSUE_TOKEN, input={"name": "Moved", "scopes": ["READ"]}))["token"]

    async def move() -> None:
        async with open_database(tenant.server.settings):
            mine = await Organization.get(name=tenant.name)
            await ApiToken.filter(id=token["id"]).update(organization_id=mine.id)

    return Keyed(REVOKE_TOKEN, {"id": token["id"]}), move


CASES: dict[str, Case] = {
    "NameTakenError": name_taken,
    "InvalidSecretKeyError": key_that_is("rejected"),
    "StripeUnavailableError": key_that_is("ratelimited"),
    "StaleVersionError": stale_version,
    "NotFoundError": not_found,
}


@pytest.mark.parametrize("refusal", CASES)
async def test_a_refused_request_leaves_nothing_and_succeeds_when_sent_again_in_time(
    tenant: Tenant, refusal: str
) -> None:
    request, make_way = await CASES[refusal](tenant)
    before = await state(tenant.client)
    for _ in range(2):
        assert (await request.result(tenant.client))["__typename"] == refusal
        assert await claims(tenant.server.settings, request.key) == []
    assert await state(tenant.client) == before
    await make_way()
    assert (await request.result(tenant.client))["__typename"].endswith("Success")
    assert len(await claims(tenant.server.settings, request.key)) == 1


async def test_what_the_scope_does_not_allow_is_allowed_by_the_same_key_once_it_does(tenant: Tenant) -> None:
    reader = await tenant.client_with(Scope.READ)
    request = Keyed(CREATE_CREDENTIAL, {"name": "Keyed", "secretKey": secret_key()})
    assert code(await request.send(reader)) == "FORBIDDEN"
    assert await claims(tenant.server.settings, request.key) == []
    async with open_database(tenant.server.settings):
        await ApiToken.filter(scopes=["READ"], organization__name=tenant.name).update(scopes=["CONFIGURE"])
    assert (await request.result(reader))["__typename"] == "CreateCredentialSuccess"


@pytest.mark.parametrize(
    "document",
    [
        "mutation { nope }",
        "mutation { createCredential(input: {}) { __typename } }",
        "mutation ($input: Nope) { createCredential(input: $input) { __typename } }",
        "mutation ($input: Int) { createCredential(input: $input) { __typename } }",
        "mutation { createCredential",
        "subscription { events { cursor } }",
        "mutation a { __typename } mutation b { __typename }",
        "{ viewer { name",
        "\0",
    ],
    ids=lambda document: repr(document[:60]),
)
async def test_what_cannot_be_run_has_the_same_answer_as_without_a_key_and_keeps_none(
    tenant: Tenant, document: str
) -> None:
    request = Keyed(document, {"name": "Keyed", "secretKey": secret_key()})
    keyed, plain = await request.send(tenant.client), await tenant.client.post(document, input=request.input)
    assert (keyed.status_code, keyed.content) == (plain.status_code, plain.content)
    assert keyed.json()["errors"]
    assert await claims(tenant.server.settings, request.key) == []
    assert result(await request.send(tenant.client, query=_CREATE_ONE))["__typename"] == "CreateCredentialSuccess"


@pytest.mark.parametrize("sent", [{"name": "Keyed"}, {"name": 1, "secretKey": "x"}, [], None], ids=repr)
async def test_variables_that_do_not_fit_keep_no_key(tenant: Tenant, sent: object) -> None:
    request = Keyed(CREATE_CREDENTIAL, {"name": "Keyed", "secretKey": secret_key()})
    assert code(await request.send(tenant.client, variables={"input": sent})) == "INVALID_REQUEST"
    assert await claims(tenant.server.settings, request.key) == []
    assert (await request.result(tenant.client))["__typename"] == "CreateCredentialSuccess"


async def _unauthenticated(tenant: Tenant, token: str | None) -> httpx.Response:
    request = Keyed(CREATE_CREDENTIAL, {"name": "Keyed", "secretKey": secret_key()})
    headers = {"Idempotency-Key": request.key} | ({"Authorization": f"Bearer {token}"} if token else {})
    async with plain_client() as http:
        body = {"query": request.document, "variables": {"input": request.input}}
        response = await http.post(f"{tenant.server.address}/graphql", json=body, headers=headers)
    assert await claims(tenant.server.settings, request.key) == []
    return response


async def test_nobody_is_refused_as_without_a_key(tenant: Tenant) -> None:
    assert code(await _unauthenticated(tenant, None)) == "UNAUTHENTICATED"


async def test_an_unknown_token_is_answered_401(tenant: Tenant) -> None:
    response = await _unauthenticated(tenant, "drawbridge_unknown")
    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")
