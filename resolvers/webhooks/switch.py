"""Switching a webhook endpoint on and off."""

from models import EventKind, Scope, WebhookEndpoint, WebhookEndpointStatus
from models.querying import move_endpoint, restart_deliveries
from resolvers.context import Context
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.rows import get_row, own_webhook_endpoints, refuse_stale, save_changed


async def switch(
    context: Context, *, id_: str, active: bool, from_now: bool = False, expected_version: int | None = None
) -> WebhookEndpoint:
    """Switches an endpoint. Switched on, it goes on from its position, or `from_now`. Needs CONFIGURE.

    Raises NotFound or StaleVersion.
    """
    viewer = context.require(Scope.CONFIGURE)
    async with unit_of_work(context, viewer) as log:
        row = await get_row(own_webhook_endpoints(viewer), "endpoint", id_)
        refuse_stale(row, expected_version)
        if active and row.status is WebhookEndpointStatus.DISABLED:
            await _save(context, log, row, WebhookEndpointStatus.ENABLED)
            if from_now:
                await move_endpoint(row, log.position)
            await restart_deliveries(row, None if from_now else log.now)
        elif not active and row.status is WebhookEndpointStatus.ENABLED:
            await _save(context, log, row, WebhookEndpointStatus.DISABLED)
    return row


async def _save(context: Context, log: Log, row: WebhookEndpoint, status: WebhookEndpointStatus) -> None:
    before, row.status = row.status, status
    row.problem = row.failing_since = row.next_attempt_at = None
    await save_changed(context, row, only=("status", "problem", "failing_since", "next_attempt_at"))
    enabled = status is WebhookEndpointStatus.ENABLED
    kind = EventKind.WEBHOOK_ENDPOINT_ENABLED if enabled else EventKind.WEBHOOK_ENDPOINT_DISABLED
    log.add(kind, row, before=before, after=status)
