"""Fields that change while the revision stands are declared: NOT_CACHEABLE, or SELECTS_LOG if they change with the log.

Each leaf of the schema is queried before and after the changes that do not move the revision: another viewer, time, a
check that finds nothing new, a secret that is revealed, and a webhook that is delivered.
"""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    parse,
)

from models import ApiToken, Organization, Scope
from schema import schema
from schema.execution.cacheable import Lifetime, lifetime_of
from startup.database import open_database
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import REPORT_FAILURE, REVEAL_SECRET
from tests.support.endpoints import add_delivery, change, resting_endpoint
from tests.support.oauth import begin
from tests.support.organizations import Tenant, new_tenant
from tests.support.servers import ROOT, RunningServer, running_server

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]

_SCHEMA = build_schema((ROOT / "schema.graphql").read_text())
_DIFFERING = {
    *("Viewer.name", "ApiToken.lastUsedAt", "Credential.verifiedAt"),
    *("CredentialHealth.checkedAt", "CredentialHealth.succeededAt", "CredentialHealth.nextCheckAt"),
    *("WebhookEndpoint.cursor", "WebhookEndpoint.lag", "WebhookEndpoint.nextAttemptAt"),
    *("WebhookEndpoint.problem", "WebhookEndpoint.failingSince", "WebhookEndpoint.lastSucceededAt"),
}


def _selections() -> Iterator[tuple[str, str]]:
    """Each leaf field that a query can return, with a document that selects it by the shortest path."""
    query = _SCHEMA.query_type
    assert query
    found, waiting = {query.name}, deque([(query, "{ %s }")])
    while waiting:
        parent, document = waiting.popleft()
        for name, field in parent.fields.items():
            type_ = get_named_type(field.type)
            if is_leaf_type(type_) and not _needs_arguments(field):
                yield f"{parent.name}.{name}", document % name
            if _needs_arguments(field) or parent.name == "Viewer":
                continue  # lists lead to these types too, and the whole viewer is not cacheable
            for member in _objects(type_):
                if member.name not in found:
                    found.add(member.name)
                    inside = f"{name} {{ ... on {member.name} {{ %s }} }}"
                    waiting.append((member, document.replace("%s", inside)))


def _needs_arguments(field: GraphQLField) -> bool:
    return any(str(argument.type).endswith("!") for argument in field.args.values())


def _objects(type_: GraphQLNamedType) -> list[GraphQLObjectType]:
    if is_abstract_type(type_):
        return list(_SCHEMA.get_possible_types(type_))
    return [type_] if is_object_type(type_) else []


_SELECTIONS = dict(_selections())


def _lifetime(document: str) -> Lifetime:
    return lifetime_of(schema._schema, parse(document))  # noqa: SLF001


@pytest.fixture(scope="module")
def uncached(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:  # noqa: ARG001 - each database has its own
    """A server without a response cache."""
    with running_server(tmp_path_factory.mktemp("uncached"), KEPT_ANSWER_BYTES="0") as running:
        yield running


async def _answers(client: Client) -> dict[str, object]:
    return {leaf: (await client.post(document)).json()["data"] for leaf, document in _SELECTIONS.items()}


async def test_a_response_that_differs_without_an_event_is_not_cached(uncached: RunningServer) -> None:
    tenant = await new_tenant(uncached)
    integration = await add_integration(tenant.client, "Billing")
    await begin(tenant.client)
    endpoint = await resting_endpoint(tenant.client)
    other = await tenant.client_with(*Scope)
    before, revision = await _answers(tenant.client), await _revision(tenant)
    await tenant.client.result(REPORT_FAILURE, input={"integrationId": integration["id"]})
    async with open_database(uncached.settings):
        for token in await ApiToken.all():
            await ApiToken.filter(id=token.id).update(last_used_at=token.created_at - timedelta(days=1))
    now = datetime.now(UTC)
    times = {"failing_since": now, "last_success_at": now, "next_attempt_at": now}
    await change(uncached, endpoint, position=1, problem="The connection was refused.", **times)
    await add_delivery(uncached, endpoint)
    after = await _answers(other)
    differing = {leaf for leaf in before if before[leaf] != after[leaf]}
    delivered = {leaf for leaf in _SELECTIONS if leaf.startswith("WebhookDelivery")}
    assert len(delivered) > 8
    assert (differing, await _revision(tenant)) == (_DIFFERING | delivered, revision)
    assert {_lifetime(_SELECTIONS[leaf]) for leaf in differing} == {Lifetime.NONE}


async def test_a_response_that_differs_when_the_log_alone_has_grown_selects_it(uncached: RunningServer) -> None:
    tenant = await new_tenant(uncached)
    given = {"integrationId": (await add_integration(tenant.client, "Billing"))["id"], "reason": "test"}
    before, revision = await _answers(tenant.client), await _revision(tenant)
    await tenant.client.result(REVEAL_SECRET, input=given)
    after = await _answers(tenant.client)
    differing = {leaf for leaf in before if before[leaf] != after[leaf]}
    assert {"Query.eventCursor", "IntegrationEvent.cursor"} <= differing
    assert {_lifetime(_SELECTIONS[leaf]) for leaf in differing} == {Lifetime.LOG_AND_ROWS}
    assert await _revision(tenant) == revision


async def _revision(tenant: Tenant) -> int:
    async with open_database(tenant.server.settings):
        revision: int = (await Organization.get(name=tenant.name)).revision
    return revision


def test_a_tokens_status_is_not_cacheable_because_it_ends_without_an_event() -> None:
    assert _lifetime("{ tokens { nodes { status } } }") is Lifetime.NONE
    assert _lifetime("{ tokens { nodes { expiresAt } } }") is Lifetime.ROWS


def test_the_shortest_lifetime_of_the_fields_counts() -> None:
    assert _lifetime("{ integrations { nodes { name } } eventCursor }") is Lifetime.LOG_AND_ROWS
    assert _lifetime("{ viewer { name } eventCursor }") is Lifetime.NONE
    assert _lifetime("{ ...Log } fragment Log on Query { events { totalCount } }") is Lifetime.LOG_AND_ROWS


def test_the_end_of_a_previous_secret_is_not_cacheable_for_the_same_reason() -> None:
    for field in ("previousSecretValidUntil", "previousMaskedSecret"):
        assert _lifetime(f"{{ credentials {{ nodes {{ {field} }} }} }}") is Lifetime.NONE


def test_every_type_that_a_query_returns_is_covered() -> None:
    types = {leaf.partition(".")[0] for leaf in _SELECTIONS}
    assert {
        "Viewer",
        "ApiToken",
        "Integration",
        "Credential",
        "IntegrationEvent",
        "CredentialEvent",
        "TokenEvent",
        "WebhookEndpoint",
        "WebhookEndpointEvent",
    } <= types
    assert len(_SELECTIONS) > 60


def test_an_interface_declares_what_its_types_declare() -> None:
    """A field that is selected on an interface is looked up there."""
    for type_ in _SCHEMA.type_map.values():
        if isinstance(type_, GraphQLInterfaceType):
            for name in type_.fields:
                marks = {
                    _lifetime(f"{{ node(id: 1) {{ ... on {member.name} {{ {name} }} }} }}")
                    for member in (type_, *_SCHEMA.get_possible_types(type_))
                }
                assert len(marks) == 1, f"{type_.name}.{name}"
