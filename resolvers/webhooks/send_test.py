"""Sending a test event to a webhook endpoint."""

from models import Event, EventKind, Scope, WebhookDelivery, WebhookEndpoint
from models.querying import retry_delivery
from resolvers.context import Context
from resolvers.events.unit_of_work import unit_of_work
from resolvers.refusals import RateLimited
from resolvers.rows import get_row, own_webhook_endpoints
from resolvers.webhooks.deliver import deliver_once


async def send_test(context: Context, id_: str) -> tuple[WebhookEndpoint, WebhookDelivery]:
    """Appends WEBHOOK_ENDPOINT_TESTED, and sends it at once, even to an endpoint that is switched off.

    Being in the log, the event has a cursor, and the id that receivers drop repeats by. If the receiver accepts it, an
    event that waits for its next attempt is due at once: the receiver has recovered. Needs CONFIGURE; raises NotFound,
    RateLimited or EncryptionKeyMissing.
    """
    viewer = context.require(Scope.CONFIGURE)
    async with unit_of_work(context, viewer) as log:
        row = await get_row(own_webhook_endpoints(viewer), "endpoint", id_)
        if seconds := context.services.webhook_tests.acquire(viewer.organization.id):
            raise RateLimited("tests of webhook endpoints", seconds)
        log.add(EventKind.WEBHOOK_ENDPOINT_TESTED, row, before=row.status, after=row.status)
        position = log.position
    await context.transactions.commit()  # none is held across a call
    event = await Event.get(organization_id=row.organization_id, position=position)
    delivery = await deliver_once(context, row, event)
    now = context.now()
    if delivery.problem is None and await retry_delivery(row.id, now):
        row.next_attempt_at = now
        context.services.notifier.notify(row.organization_id)
    return row, delivery
