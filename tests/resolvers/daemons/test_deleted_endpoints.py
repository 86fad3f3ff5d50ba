"""The attempts of a deleted webhook endpoint: no request waits for their deletion, and the cleanup finds them."""

from datetime import UTC, datetime

import pytest
from tortoise.context import TortoiseContext, require_context

from models import EventKind, Organization, Scope, WebhookDelivery, WebhookDeliveryOutcome, WebhookEndpoint
from models.querying import deleted_endpoints
from resolvers import webhooks
from resolvers.context import Context, Viewer
from resolvers.services import Services
from resolvers.webhooks.record import delete_orphaned_deliveries
from tests.support.deliveries import new_endpoint, new_organization
from tests.support.plans import Statements, rows_looked_at

pytestmark = pytest.mark.usefixtures("engine")

_URL = "https://example.com/"
_TWO_BATCHES = 10_001


async def _attempted(services: Services, organization: Organization, count: int = 1) -> WebhookEndpoint:
    """An endpoint with so many attempts."""
    row = await new_endpoint(services, organization, _URL)
    attempts = (
        WebhookDelivery(
            organization_id=organization.id,
            endpoint_id=row.id,
            position=position,
            kind=EventKind.TOKEN_ISSUED,
            attempt=1,
            attempted_at=datetime.now(UTC),
            outcome=WebhookDeliveryOutcome.DELIVERED,
            response_status=204,
            duration_ms=12,
        )
        for position in range(1, count + 1)
    )
    await WebhookDelivery.bulk_create(attempts, batch_size=500)
    return row


async def test_deleting_an_endpoint_does_not_wait_for_its_deliveries(
    fresh: TortoiseContext, sending: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh:
        organization = await new_organization()
        row = await _attempted(sending, organization)
        context = Context(sending, Viewer("test", organization, "test", frozenset(Scope)))
        statements = Statements(caplog)
        await webhooks.delete(context, id_=row.id)
        assert not await WebhookEndpoint.filter(id=row.id).exists()
        assert [text for text, _ in statements.sent() if "webhook_deliveries" in text] == []


async def test_the_attempts_of_deleted_endpoints_are_deleted_and_no_others(
    fresh: TortoiseContext, sending: Services
) -> None:
    with fresh:
        organizations = [await new_organization() for _ in range(3)]
        rows = [await _attempted(sending, organization) for organization in organizations * 3]
        await _attempted(sending, organizations[0], _TWO_BATCHES)
        ordered = sorted(rows, key=lambda row: (row.organization_id, row.id))
        kept = [row.id for row in ordered[1:-1:2]]  # neither the first nor the last
        await WebhookEndpoint.exclude(id__in=kept).delete()
        await delete_orphaned_deliveries()
        left = [row.endpoint_id async for row in WebhookDelivery.all()]
        assert sorted(left) == sorted(kept)
        assert await deleted_endpoints() == []


async def test_nothing_is_found_where_there_are_no_attempts(fresh: TortoiseContext) -> None:
    with fresh:
        assert await deleted_endpoints() == []


@pytest.mark.parametrize("engine", ["postgres"], indirect=True, scope="session")
async def test_finding_them_reads_a_few_rows_for_each_endpoint(
    fresh: TortoiseContext, sending: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh:
        organization = await new_organization()
        for _ in range(3):
            await _attempted(sending, organization, 3000)
        await require_context().db().execute_script("ANALYZE")
        statements = Statements(caplog)
        assert await deleted_endpoints() == []
        (statement,) = statements.sent()
        assert await rows_looked_at(statement) < 100
