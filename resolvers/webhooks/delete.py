"""Deleting a webhook endpoint."""

from models import EventKind, Scope, WebhookEndpoint
from resolvers.context import Context
from resolvers.events.unit_of_work import unit_of_work
from resolvers.rows import get_row, own_webhook_endpoints, refuse_stale


async def delete(context: Context, *, id_: str, expected_version: int | None = None) -> WebhookEndpoint:
    """Deletes an endpoint with its secrets. Needs CONFIGURE; raises NotFound or StaleVersion.

    It may have a million deliveries. Nothing shows them any more, and the cleanup deletes them.
    """
    viewer = context.require(Scope.CONFIGURE)
    async with unit_of_work(context, viewer) as log:
        row = await get_row(own_webhook_endpoints(viewer), "endpoint", id_)
        refuse_stale(row, expected_version)
        log.add(EventKind.WEBHOOK_ENDPOINT_DELETED, row, before=row.status)
        await row.delete()
    return row
