"""Every field and mutation is refused without a token, without its scope, and for another organization's ids.

The operations are generated from the schema, so new fields are tested automatically.
"""

from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.utils.str_converters import to_camel_case

from models import Scope
from schema import schema
from tests.support.actions import NO_RECEIVER, add_credential, add_endpoint, add_integration, state
from tests.support.client import Client
from tests.support.documents import EVENT_CURSOR, EVENTS, TOKENS
from tests.support.oauth import return_url
from tests.support.organizations import Tenant, new_tenant
from tests.support.scopes import (
    FIELD_SCOPES,
    NODE_SCOPES,
    OPEN_FIELDS,
    OPERATIONS,
    SCHEMA,
    SCOPES,
    SUBSCRIPTIONS,
)
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer

pytestmark = pytest.mark.slow

SCOPED = [pair for pair in OPERATIONS if pair[1] in SCOPES]
# The root fields, which are in SCOPES, and the parts of a page.
_WITHOUT_SCOPES = {"Query", "Mutation", "Subscription", "Connection", "PageInfo"}
_NODES = {"node", "nodes"}
# The nouns of the ids, by a word in the names of fields.
_NOUNS = {"webhook": "endpoint", "credential": "credential", "token": "token"}
_EVENTS = {"IntegrationEvent", "CredentialEvent", "TokenEvent", "WebhookEndpointEvent"}
REVEAL_FROM_INACTIVE = """mutation ($input: RevealSecretInput!) { revealSecret(input: $input) {
    ... on IntegrationInactiveError { integration { credential { name %s { nodes { __typename } } } } } } }"""
_LISTS = {"integrations": [{"__typename": "Integration"}], "consumers": []}


def value_for(name: str, type_: GraphQLInputType, ids: dict[str, str]) -> Any:  # noqa: ANN401 - any input's value
    """A valid value for an input. Objects get only their required fields, and ids are chosen by the field's noun."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        fields = {key: field for key, field in named.fields.items() if is_required_input_field(field)}
        if named.is_one_of:
            return {"credentialId": ids["credential"]}
        return {key: value_for(key, field.type, ids) for key, field in fields.items()}
    if isinstance(named, GraphQLEnumType):
        return [next(iter(named.values))] if "[" in str(type_) else next(iter(named.values))
    samples: dict[str, Any] = {"Secret": secret_key(), "Boolean": False, "String": ids.get(name, "Sample"), "Int": 1}
    if named.name == "ID":
        return [ids[""]] if "[" in str(type_) else ids[name.removesuffix("Id")]
    return samples[named.name]


def operation_for(operation: str, name: str, ids: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """An operation with one root field and its required arguments, and the variables."""
    root = SCHEMA.query_type if operation == "query" else SCHEMA.mutation_type
    assert root is not None
    field = root.fields[name]
    given: dict[str, GraphQLArgument] = {key: arg for key, arg in field.args.items() if is_required_argument(arg)}
    declared = ", ".join(f"${key}: {arg.type}" for key, arg in given.items())
    passed = ", ".join(f"{key}: ${key}" for key in given)
    selected = "" if not hasattr(get_named_type(field.type), "fields") and operation == "query" else "{ __typename }"
    selected = "{ __typename }" if name in _NODES else selected
    document = (
        f"{operation} {f'({declared})' if given else ''} {{ {name} {f'({passed})' if given else ''} {selected} }}"
    )
    noun = next((noun for word, noun in _NOUNS.items() if word in name.lower()), "integration")
    return document, {
        key: value_for(key, arg.type, ids | {"": ids[noun], "id": ids[noun]}) for key, arg in given.items()
    }


async def things(client: Client) -> dict[str, str]:
    """The id of one row of each noun in the client's organization, and an allowed URL."""
    integration, credential = await add_integration(client), await add_credential(client, "Unused")
    endpoint = await add_endpoint(client)
    tokens = (await client.result(TOKENS))["nodes"]
    return {
        "integration": integration["id"],
        "credential": credential["id"],
        "token": tokens[0]["id"],
        "endpoint": endpoint["id"],
        "url": NO_RECEIVER,
        "returnUrl": return_url(client),
    }


def test_the_scope_of_each_field_is_known() -> None:
    assert set(SCOPES) | _NODES == {name for _, name in OPERATIONS + SUBSCRIPTIONS}


def test_the_scope_of_each_field_with_a_query_is_known() -> None:
    objects = [type_.definition for type_ in schema.schema_converter.type_map.values()]
    fetching = {
        f"{owner.name}.{to_camel_case(field.name)}"
        for owner in objects
        if isinstance(owner, StrawberryObjectDefinition)
        for field in owner.fields
        if field.base_resolver and owner.name not in _WITHOUT_SCOPES
    }
    assert fetching == set(FIELD_SCOPES) | OPEN_FIELDS


@pytest.mark.parametrize(("operation", "name"), OPERATIONS)
async def test_refused_without_a_token(server: RunningServer, tenant: Tenant, operation: str, name: str) -> None:
    document, variables = operation_for(operation, name, await things(tenant.client))
    before = await state(tenant.client)
    error = await Client(server.address).error(document, **variables)
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert await state(tenant.client) == before


@pytest.mark.parametrize(("operation", "name"), [pair for pair in SCOPED if pair[1] != "viewer"])
async def test_refused_without_the_scope(tenant: Tenant, operation: str, name: str) -> None:
    document, variables = operation_for(operation, name, await things(tenant.client))
    lacking = await tenant.client_with(*(set(Scope) - SCOPES[name]))
    before = await state(tenant.client)
    error = await lacking.error(document, **variables)
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["extensions"]["requiredScope"] in error["message"]
    assert error["extensions"]["requiredScope"] in SCOPES[name]
    assert await state(tenant.client) == before


@pytest.mark.parametrize(("operation", "name"), SCOPED)
async def test_allowed_with_any_sufficient_scope(tenant: Tenant, operation: str, name: str) -> None:
    for scope in SCOPES[name]:
        ids = await things((await new_tenant(tenant.server)).client)
        document, variables = operation_for(operation, name, ids)
        await (await tenant.client_with(scope)).execute(document, **variables)


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_node_needs_the_scope_of_its_noun(tenant: Tenant, scope: Scope) -> None:
    viewer = (await tenant.client.execute("{ viewer { organization { id } } }"))["viewer"]
    ids = {**await things(tenant.client), "organization": viewer["organization"]["id"]}
    asking, taken = await tenant.client_with(scope), set()
    for noun in NODE_SCOPES:
        answer = (await asking.post("query ($id: ID!) { node(id: $id) { id } }", id=ids[noun])).json()
        if "errors" in answer:
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        else:
            taken.add(noun)
            assert answer["data"]["node"]["id"] == ids[noun]
    assert taken == {noun for noun, scopes in NODE_SCOPES.items() if scope in scopes}
    nodes = {noun: ids[noun] for noun in NODE_SCOPES}
    answer = (await asking.post("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=list(nodes.values()))).json()
    refused = {error["path"][1] for error in answer.get("errors", ()) if error["extensions"]["code"] == "FORBIDDEN"}
    expected = [{"id": id_} if noun in taken else None for noun, id_ in nodes.items()]
    assert answer["data"]["nodes"] == expected
    assert refused == {place for place, node in enumerate(expected) if node is None}


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("name", [name for _, name in SUBSCRIPTIONS])
async def test_a_subscription_needs_its_scope(tenant: Tenant, name: str, scope: Scope) -> None:
    cursor = (await tenant.client.execute(EVENT_CURSOR))["eventCursor"]
    await things(tenant.client)
    async with (await tenant.client_with(scope)).socket() as socket:
        await socket.subscribe(f"subscription ($after: String) {{ {name}(after: $after) {{ cursor }} }}", after=cursor)
        message = await socket.receive()
    if scope in SCOPES[name]:
        assert message["payload"]["data"][name]["cursor"] != cursor
    else:
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")


DUMMIES = dict.fromkeys(("integration", "credential", "token", "endpoint"), "dummy")
TAKING_IDS = [pair for pair in OPERATIONS if "dummy" in str(operation_for(*pair, DUMMIES)[1])]


@pytest.mark.parametrize(("operation", "name"), TAKING_IDS)
async def test_another_organizations_ids_are_unknown(tenant: Tenant, operation: str, name: str) -> None:
    theirs = await new_tenant(tenant.server)
    document, variables = operation_for(operation, name, await things(theirs.client))
    before = await state(theirs.client)
    (answer,) = (await tenant.client.execute(document, **variables)).values()
    assert answer in (None, [None], {"__typename": "NotFoundError"})
    assert await state(theirs.client) == before


async def test_a_tokens_facts_need_manage_tokens_wherever_they_show(tenant: Tenant) -> None:
    await things(tenant.client)
    answer = (await (await tenant.client_with(Scope.READ)).post(EVENTS)).json()
    assert {(error["path"][-1], error["extensions"]["code"]) for error in answer["errors"]} == {("token", "FORBIDDEN")}
    assert {event["__typename"] for event in answer["data"]["events"]["nodes"]} == _EVENTS
    both = await tenant.client_with(*FIELD_SCOPES["TokenEvent.token"], Scope.READ)
    assert "errors" not in (await both.post(EVENTS)).json()


@pytest.mark.parametrize("field", _LISTS)
async def test_a_credentials_lists_need_read_wherever_they_show(tenant: Tenant, field: str) -> None:
    integration = await add_integration(tenant.client, active=False)
    given = {"integrationId": integration["id"], "reason": "Nightly sync"}
    revealing = await tenant.client_with(Scope.REVEAL_SECRETS)
    document = REVEAL_FROM_INACTIVE % field
    error = await revealing.error(document, input=given)
    assert (error["path"][-1], error["extensions"]["code"]) == (field, "FORBIDDEN")
    for scope in FIELD_SCOPES[f"Credential.{field}"]:
        both = await tenant.client_with(Scope.REVEAL_SECRETS, scope)
        result = await both.result(document, input=given)
        assert result["integration"]["credential"][field] == {"nodes": _LISTS[field]}
