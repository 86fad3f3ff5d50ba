"""Idempotency-Keys: valid forms, scope and lifetime."""

from datetime import timedelta

import httpx
import pytest

from adapters.vault import Vault
from adapters.vault import new_key as new_vault_key
from kit.secret import Secret
from models import ApiToken, IdempotentRequest, Scope
from resolvers.idempotency import answer_context
from resolvers.tokens.text import hash_of
from startup.database import open_database
from tests.support.actions import state
from tests.support.client import Client
from tests.support.documents import CREATE_CREDENTIAL, ISSUE_TOKEN
from tests.support.idempotency import REPLAYED, Keyed, claims, code, new_key, result
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import plain_client
from tests.support.secrecy import keep, secret_key
from tests.support.servers import RunningServer

pytestmark = pytest.mark.usefixtures("quiet")

_TWO = """mutation one($input: CreateCredentialInput!) { createCredential(input: $input) { __typename } }
    mutation two($input: CreateCredentialInput!) { createCredential(input: $input) { __typename } }"""
_FIELD = "createCredential(input: $input) { __typename }"
_DECLARED = "mutation ($input: CreateCredentialInput!)"
_MALFORMED = [
    "",
    '""',
    '"',
    "x" * 256,
    f'"{"x" * 256}"',
    "a\tb",
    "a b",
    "\xfc",
    "\xff",
    'a"b',
    '"a',
    'a"',
    '""a""',
    "a\\b",
]


def create(name: str = "Keyed", key: str | None = None) -> Keyed:
    """A request to add a credential."""
    return Keyed(CREATE_CREDENTIAL, {"name": name, "secretKey": secret_key()}, key or new_key())


def assert_conflict(response: httpx.Response, expected: str) -> None:
    """Asserts that the response is a conflict with this code, in GraphQL's form."""
    assert response.status_code == 409
    assert code(response) == expected
    assert "data" not in response.json()
    assert REPLAYED not in response.headers


@pytest.mark.parametrize(
    "other",
    [
        {"variables": {"input": {"name": "Other", "secretKey": "sk_test_51Other000000000000000000"}}},
        {"query": f"{_DECLARED} {{ {_FIELD} }}"},
        {"query": f"{CREATE_CREDENTIAL} "},
        {"query": _TWO, "operationName": "two"},
    ],
    ids=["variables", "document", "space", "operationName"],
)
async def test_a_key_of_another_request_is_a_conflict_that_changes_nothing(
    client: Client, other: dict[str, object]
) -> None:
    request = create()
    assert (await request.result(client))["__typename"] == "CreateCredentialSuccess"
    before = await state(client)
    assert_conflict(await request.send(client, **other), "IDEMPOTENCY_KEY_REUSED")
    assert await state(client) == before
    assert (await request.send(client)).headers[REPLAYED] == "true"


async def test_another_operation_of_the_same_document_is_another_request(client: Client) -> None:
    request = create()
    first = await request.send(client, query=_TWO, operationName="one")
    assert result(first)["__typename"] == "CreateCredentialSuccess"
    second = await request.send(client, query=_TWO, operationName="two")
    assert_conflict(second, "IDEMPOTENCY_KEY_REUSED")


async def test_the_order_of_variables_does_not_matter(client: Client) -> None:
    request = create()
    first = await request.send(client)
    turned = dict(reversed(request.input.items()))
    assert list(turned) != list(request.input)
    again = await request.send(client, variables={"input": turned})
    assert (again.headers[REPLAYED], again.content) == ("true", first.content)


async def test_another_token_of_the_organization_learns_nothing_by_the_same_key(tenant: Tenant) -> None:
    mine = Keyed(ISSUE_TOKEN, {"name": "Mine", "scopes": ["READ"]})
    keep((await mine.result(tenant.client))["secret"])
    colleague = await tenant.client_with(Scope.READ, Scope.CONFIGURE)
    assert code(await mine.send(colleague)) == "FORBIDDEN"
    theirs = create(key=mine.key)
    response = await theirs.send(colleague)
    assert result(response)["__typename"] == "CreateCredentialSuccess"
    assert REPLAYED not in response.headers
    assert (await mine.send(tenant.client)).headers[REPLAYED] == "true"
    assert (await theirs.send(colleague)).headers[REPLAYED] == "true"


async def test_who_has_lost_a_scope_is_given_no_answer_that_needed_it(tenant: Tenant) -> None:
    partner = await tenant.client_with(Scope.READ, Scope.MANAGE_TOKENS)
    request = Keyed(ISSUE_TOKEN, {"name": "Mine", "scopes": ["READ"]})
    secret = keep((await request.result(partner))["secret"])
    async with open_database(tenant.server.settings):
        token = await ApiToken.get(token_hash=hash_of(Secret(str(partner.token))))
        await ApiToken.filter(id=token.id).update(scopes=["READ"])
    response = await request.send(partner)
    assert_conflict(response, "IDEMPOTENCY_KEY_REUSED")
    assert secret not in response.text


async def test_another_organization_is_not_affected_by_the_same_key_and_request(tenant: Tenant) -> None:
    request, other = create(), await new_tenant(tenant.server)
    mine, theirs = [await request.send(client) for client in (tenant.client, other.client)]
    assert REPLAYED not in theirs.headers
    assert result(mine)["credential"]["id"] != result(theirs)["credential"]["id"]
    for client, first in ((tenant.client, mine), (other.client, theirs)):
        assert (await request.send(client)).content == first.content


async def age(server: RunningServer, request: Keyed, hours: float) -> None:
    """Backdates the stored request."""
    (row,) = await claims(server.settings, request.key)
    async with open_database(server.settings):
        sent = row.created_at - timedelta(hours=hours)
        await IdempotentRequest.filter(id=row.id).update(created_at=sent)


async def test_an_answer_is_kept_for_24_hours_after_which_the_key_is_free(
    client: Client, server: RunningServer
) -> None:
    request = create()
    await request.send(client)
    await age(server, request, 23.9)
    assert (await request.send(client)).headers[REPLAYED] == "true"
    await age(server, request, 0.2)
    other = create("Other", request.key)
    response = await other.send(client)
    assert result(response)["__typename"] == "CreateCredentialSuccess"
    assert REPLAYED not in response.headers
    assert (await other.send(client)).headers[REPLAYED] == "true"
    assert len(await claims(server.settings, request.key)) == 1


async def test_malformed_keys_are_answered_400_and_change_nothing(client: Client) -> None:
    before = await state(client)
    for key in _MALFORMED:
        response = await Keyed(CREATE_CREDENTIAL, create().input, key).send(client)
        assert (response.status_code, code(response)) == (400, "INVALID_REQUEST"), key
        assert "Idempotency-Key" in response.json()["errors"][0]["message"]
    assert await state(client) == before


@pytest.mark.parametrize("key", ["x" * 255, "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", "8e03978e-40d5-43dd-bc93-6894a57f9324"])
async def test_a_key_is_the_same_with_and_without_quotes(client: Client, key: str) -> None:
    request = create(key=key)
    first = await request.send(client)
    quoted = await Keyed(request.document, request.input, f'"{key}"').send(client)
    assert (quoted.headers.get(REPLAYED), quoted.content) == ("true", first.content)


async def test_keys_differ_by_case(client: Client) -> None:
    first, second = create("One", new_key().lower()), create("Two")
    await first.send(client)
    response = await Keyed(second.document, second.input, first.key.upper()).send(client)
    assert result(response)["__typename"] == "CreateCredentialSuccess"


async def test_a_key_on_a_query_is_ignored(client: Client, server: RunningServer) -> None:
    for key in (new_key(), "", "ü"):
        headers = {b"Idempotency-Key": key.encode("latin-1")}
        for document in ("{ viewer { name } }", "{ viewer { organization { name } } }"):
            async with plain_client(headers=client.headers()) as http:
                url = f"{client.address}/graphql"
                response = await http.post(url, json={"query": document}, headers=list(headers.items()))
            assert "errors" not in response.json()
            assert REPLAYED not in response.headers
        assert await claims(server.settings, key) == []


@pytest.mark.parametrize(
    "document",
    [
        f"{_DECLARED} {{ a: {_FIELD} b: {_FIELD} }}",
        f"{_DECLARED} {{ {_FIELD} __typename }}",
        f"{_DECLARED} {{ ...all }} fragment all on Mutation {{ {_FIELD} }}",
        f"{_DECLARED} {{ ... on Mutation {{ {_FIELD} }} }}",
        f"{_DECLARED} {{ ... {{ {_FIELD} }} }}",
    ],
    ids=["two fields", "and __typename", "fragment", "inline fragment", "bare inline fragment"],
)
async def test_a_key_goes_with_one_field(client: Client, server: RunningServer, document: str) -> None:
    request, before = create(), await state(client)
    response = await request.send(client, query=document)
    assert (response.status_code, code(response)) == (400, "INVALID_REQUEST")
    assert await state(client) == before
    assert await claims(server.settings, request.key) == []


async def test_the_field_may_have_another_name(client: Client) -> None:
    request = create()
    first, again = [await request.send(client, query=f"{_DECLARED} {{ mine: {_FIELD} }}") for _ in range(2)]
    assert result(first)["__typename"] == "CreateCredentialSuccess"
    assert (again.headers[REPLAYED], again.content) == ("true", first.content)


def sealed_with_a_lost_key(row: IdempotentRequest) -> str:
    """A stored response, sealed by another server's vault."""
    vault = Vault.from_text(new_vault_key())
    return vault.seal(Secret('{"createCredential": null}'), answer_context(row))


@pytest.mark.parametrize("damage", [sealed_with_a_lost_key, lambda row: f"{row.sealed_answer}x", lambda _: ""])
async def test_an_answer_that_does_not_open_any_more_is_told_and_nothing_done_again(
    client: Client, server: RunningServer, damage: object
) -> None:
    request = create()
    await request.send(client)
    before = await state(client)
    (row,) = await claims(server.settings, request.key)
    assert callable(damage)
    async with open_database(server.settings):
        await IdempotentRequest.filter(id=row.id).update(sealed_answer=damage(row))
    for _ in range(2):
        assert_conflict(await request.send(client), "IDEMPOTENCY_ANSWER_UNREADABLE")
    assert await state(client) == before
