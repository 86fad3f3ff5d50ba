"""The fields of a list load their rows together: one query per model, each id once, nothing cached."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from strawberry.types.graphql import OperationType

from models import ActorKind, ApiToken, Credential, Event, EventKind, Integration, Organization, Scope, WebhookEndpoint
from models.migrations import migrate
from resolvers.context import Viewer
from schema.build import schema
from schema.execution.context import GraphQLContext
from settings.limits import LimitSettings
from startup.services import create_services
from tests.support.databases import opened, settings_in
from tests.support.plans import Statements
from tests.support.rows import connected_credential, integration_using, webhook_endpoint

pytestmark = pytest.mark.usefixtures("engine")

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_ROWS = 5
_LIMITS = LimitSettings()
_EVENTS = """{ events(first: 100) { nodes { ... on IntegrationEvent { integration { name credential { name } } }
    ... on CredentialEvent { credential { name } } ... on TokenEvent { token { name } }
    ... on WebhookEndpointEvent { webhookEndpoint { url } } } } }"""
_LAGS = "{ webhookEndpoints { nodes { url lag } } }"
_CREDENTIALS = "{ credentials { nodes { name integrations { nodes { name } } } } }"


async def _tell(organization: Organization, *rows: Integration | Credential | ApiToken | WebhookEndpoint) -> None:
    kinds = {
        Integration: EventKind.INTEGRATION_CREATED,
        Credential: EventKind.CREDENTIAL_CREATED,
        ApiToken: EventKind.TOKEN_ISSUED,
        WebhookEndpoint: EventKind.WEBHOOK_ENDPOINT_CREATED,
    }
    for row in rows:
        organization.position += 1
        event = Event(organization_id=organization.id, position=organization.position, kind=kinds[type(row)])
        event.subject, event.name, event.occurred_at = row.id, row.name, _NOW
        event.actor, event.actor_kind = "test", ActorKind.SYSTEM
        await event.save()


async def _fill(organization: Organization) -> None:
    """Integrations, their credentials, tokens and webhook endpoints, with two events for each of them."""
    for number in range(_ROWS):
        credential = connected_credential(organization.id, f"{number}", lambda _: "v1.another." + "x" * 140)
        await credential.save(force_create=True)
        integration = integration_using(credential)
        await integration.save(force_create=True)
        token = ApiToken(organization_id=organization.id, name=f"{number}", scopes=[], token_hash=f"{number}")
        token.name_key, token.masked_token, token.created_at = token.name, "…", _NOW
        await token.save(force_create=True)
        endpoint = webhook_endpoint(organization.id, f"https://{number}/")
        await endpoint.save(force_create=True)
        for _ in range(2):
            await _tell(organization, integration, credential, token, endpoint)
    await organization.save()


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[GraphQLContext]:
    """A viewer's context, with an open database."""
    settings = settings_in(tmp_path)
    services = create_services(settings)
    async with opened(settings):
        await migrate()
        organization = await Organization.create(name="mine", created_at=_NOW)
        await _fill(organization)
        yield GraphQLContext(services, Viewer("test", organization, "test", frozenset(Scope)), limits=_LIMITS)
    await services.stripe.close()


async def _nodes(context: GraphQLContext, document: str, field: str) -> list[dict[str, Any]]:
    result = await schema.execute(document, context_value=context, allowed_operation_types={OperationType.QUERY})
    assert result.data, result.errors
    nodes: list[dict[str, Any]] = result.data[field]["nodes"]
    return nodes


async def test_the_subjects_of_a_page_of_events_take_four_statements(
    context: GraphQLContext, caplog: pytest.LogCaptureFixture
) -> None:
    statements = Statements(caplog)
    nodes = await _nodes(context, _EVENTS, "events")
    names = [f"{number}" for number in range(_ROWS) for _ in range(2)]
    assert [node["integration"]["name"] for node in nodes if "integration" in node] == names
    assert [node["credential"]["name"] for node in nodes if "credential" in node] == names
    assert [node["token"]["name"] for node in nodes if "token" in node] == names
    assert [node["webhookEndpoint"]["url"] for node in nodes if "webhookEndpoint" in node] == [
        f"https://{name}/" for name in names
    ]
    sent = statements.sent()
    assert len(sent) == 2 + 4  # the log's end, the page
    for _, values in sent[2:]:
        assert len({*values}) == len(values)
        assert (
            len([value for value in values if str(value).startswith(("integ", "cred", "token", "endpoint"))]) == _ROWS
        )


async def test_the_integrations_of_a_page_of_credentials_take_one_statement(
    context: GraphQLContext, caplog: pytest.LogCaptureFixture
) -> None:
    unused = connected_credential(context.viewer().organization.id, "unused", lambda _: "v1.another." + "x" * 140)
    await unused.save(force_create=True)
    statements = Statements(caplog)
    nodes = await _nodes(context, _CREDENTIALS, "credentials")
    assert {node["name"]: [using["name"] for using in node["integrations"]["nodes"]] for node in nodes} == {
        "unused": [],
        **{f"{number}": [f"{number}"] for number in range(_ROWS)},
    }
    assert len(statements.sent()) == 2


async def test_the_lags_of_a_page_of_endpoints_take_one_statement(
    context: GraphQLContext, caplog: pytest.LogCaptureFixture
) -> None:
    await WebhookEndpoint.filter(url="https://1/").update(position=3)
    statements, end = Statements(caplog), _ROWS * 2 * 4
    nodes = await _nodes(context, _LAGS, "webhookEndpoints")
    assert {node["url"]: node["lag"] for node in nodes} == {
        **{f"https://{number}/": end for number in range(_ROWS)},
        "https://1/": end - 3,
    }
    assert len(statements.sent()) == 2


async def test_a_loader_does_not_cache(context: GraphQLContext) -> None:
    row = await Integration.get(name="1")
    before = await context.integration.load(row.id)
    await Integration.filter(id=row.id).update(name="changed")
    after = await context.integration.load(row.id)
    assert before
    assert after
    assert (before.name, after.name) == ("1", "changed")
    await row.delete()
    assert await context.integration.load(row.id) is None
