"""Every field and mutation: refused without a token, without its scope, and for another organization's ids.

The operations are generated from the schema, so that a field that is added is tested as it comes.
"""

from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    build_schema,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)

from models import Scope
from tests.support.actions import add_credential, add_integration, state
from tests.support.client import Client
from tests.support.documents import EVENTS, TOKENS
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import ROOT, RunningServer

SCHEMA = build_schema((ROOT / "schema.graphql").read_text())
OPERATIONS = [
    (operation, name)
    for operation, root in (("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type))
    if root is not None
    for name in root.fields
]
# What a new field needs has to be said here, or its test fails. node needs what the noun's own field needs.
READING = {"availableIntegrations", "integrations", "integration", "credentials", "credential", "events", "eventCursor"}
SCOPES: dict[str, set[Scope]] = {
    "viewer": set(Scope),
    "node": {Scope.READ, Scope.CONFIGURE, Scope.MANAGE_TOKENS},
    "tokens": {Scope.MANAGE_TOKENS},
    "issueToken": {Scope.MANAGE_TOKENS},
    "revokeToken": {Scope.MANAGE_TOKENS},
    "revealSecret": {Scope.REVEAL_SECRETS},
    **{name: {Scope.READ, Scope.CONFIGURE} for name in READING},
    "beginStripeAuth": {Scope.CONFIGURE},
    "completeStripeAuth": {Scope.CONFIGURE},
    "createIntegration": {Scope.CONFIGURE},
    "updateIntegration": {Scope.CONFIGURE},
    "deleteIntegration": {Scope.CONFIGURE},
    "setIntegrationActive": {Scope.CONFIGURE},
    "createCredential": {Scope.CONFIGURE},
    "updateCredential": {Scope.CONFIGURE},
    "deleteCredential": {Scope.CONFIGURE},
    "verifyCredential": {Scope.CONFIGURE},
}


def value_for(name: str, type_: GraphQLInputType, ids: dict[str, str]) -> Any:  # noqa: ANN401 - any input's value
    """A value that fits an input: required fields only, of an object; ids are those given, by the field's noun."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        fields = {key: field for key, field in named.fields.items() if is_required_input_field(field)}
        if named.is_one_of:
            return {"credentialId": ids["credential"]}
        return {key: value_for(key, field.type, ids) for key, field in fields.items()}
    if isinstance(named, GraphQLEnumType):
        return [next(iter(named.values))] if "[" in str(type_) else next(iter(named.values))
    samples: dict[str, Any] = {"Secret": secret_key(), "Boolean": False, "String": "Sample", "Int": 1}
    return samples[named.name] if named.name != "ID" else ids[name.removesuffix("Id")]


def operation_for(operation: str, name: str, ids: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """An operation on one root field with its required arguments, and its variables."""
    root = SCHEMA.query_type if operation == "query" else SCHEMA.mutation_type
    assert root is not None
    field = root.fields[name]
    given: dict[str, GraphQLArgument] = {key: arg for key, arg in field.args.items() if is_required_argument(arg)}
    declared = ", ".join(f"${key}: {arg.type}" for key, arg in given.items())
    passed = ", ".join(f"{key}: ${key}" for key in given)
    selected = "" if not hasattr(get_named_type(field.type), "fields") and operation == "query" else "{ __typename }"
    selected = "{ __typename }" if name == "node" else selected
    document = (
        f"{operation} {f'({declared})' if given else ''} {{ {name} {f'({passed})' if given else ''} {selected} }}"
    )
    noun = next((noun for noun in ("credential", "token") if noun in name.lower()), "integration")
    return document, {
        key: value_for(key, arg.type, ids | {"": ids[noun], "id": ids[noun]}) for key, arg in given.items()
    }


async def things(client: Client) -> dict[str, str]:
    """Ids of one of each noun, in the client's organization."""
    integration, credential = await add_integration(client), await add_credential(client, "Unused")
    tokens = (await client.result(TOKENS))["nodes"]
    return {"integration": integration["id"], "credential": credential["id"], "token": tokens[0]["id"]}


def test_the_scope_of_each_field_is_known() -> None:
    assert set(SCOPES) == {name for _, name in OPERATIONS}


@pytest.mark.parametrize(("operation", "name"), OPERATIONS)
async def test_refused_without_a_token(server: RunningServer, tenant: Tenant, operation: str, name: str) -> None:
    document, variables = operation_for(operation, name, await things(tenant.client))
    before = await state(tenant.client)
    error = await Client(server.address).error(document, **variables)
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert await state(tenant.client) == before


@pytest.mark.parametrize(("operation", "name"), [pair for pair in OPERATIONS if pair[1] != "viewer"])
async def test_refused_without_the_scope(tenant: Tenant, operation: str, name: str) -> None:
    document, variables = operation_for(operation, name, await things(tenant.client))
    lacking = await tenant.client_with(*(set(Scope) - SCOPES[name]))
    before = await state(tenant.client)
    error = await lacking.error(document, **variables)
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert await state(tenant.client) == before


@pytest.mark.parametrize(("operation", "name"), OPERATIONS)
async def test_taken_with_any_scope_that_suffices(tenant: Tenant, operation: str, name: str) -> None:
    for scope in SCOPES[name] - {Scope.MANAGE_TOKENS} if name == "node" else SCOPES[name]:
        ids = await things((await new_tenant(tenant.server)).client)
        document, variables = operation_for(operation, name, ids)
        await (await tenant.client_with(scope, Scope.READ)).execute(document, **variables)


DUMMIES = dict.fromkeys(("integration", "credential", "token"), "dummy")
TAKING_IDS = [pair for pair in OPERATIONS if "dummy" in str(operation_for(*pair, DUMMIES)[1])]


@pytest.mark.parametrize(("operation", "name"), TAKING_IDS)
async def test_another_organizations_ids_are_unknown(tenant: Tenant, operation: str, name: str) -> None:
    theirs = await new_tenant(tenant.server)
    document, variables = operation_for(operation, name, await things(theirs.client))
    before = await state(theirs.client)
    (answer,) = (await tenant.client.execute(document, **variables)).values()
    assert answer in (None, {"__typename": "NotFoundError"})
    assert await state(theirs.client) == before


async def test_a_tokens_facts_need_manage_tokens_wherever_they_show(tenant: Tenant) -> None:
    reader = await tenant.client_with(Scope.READ)
    errors = (await reader.post(EVENTS)).json()["errors"]
    assert {error["extensions"]["code"] for error in errors} == {"FORBIDDEN"}
    ids = await things(tenant.client)
    error = await reader.error("query ($id: ID!) { node(id: $id) { id } }", id=ids["token"])
    assert error["extensions"]["code"] == "FORBIDDEN"
