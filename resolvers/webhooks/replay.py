"""Sending events to a webhook endpoint again."""

from models import EventKind, Scope, WebhookEndpoint
from models.querying import move_endpoint, restart_deliveries, retry_delivery
from resolvers.context import Context
from resolvers.events.read import LogOrder, organization_now
from resolvers.events.unit_of_work import unit_of_work
from resolvers.refusals import InvalidCursor, InvalidInput
from resolvers.rows import get_row, own_webhook_endpoints, refuse_stale, save_changed

_SENT_AGAIN, _MADE_DUE = "Events are sent again.", "The next attempt was made due."


async def replay(
    context: Context, *, id_: str, after: str | None, expected_version: int | None = None
) -> WebhookEndpoint:
    """Moves an endpoint back to a cursor of the log, from where it goes on: at once, or once it is switched on.

    Without a cursor, it stays where it is, and tries its next event at once.

    Needs CONFIGURE. Raises InvalidInput, also for a cursor that the endpoint has not come to; NotFound or StaleVersion.
    """
    viewer = context.require(Scope.CONFIGURE)
    async with unit_of_work(context, viewer) as log:
        row = await get_row(own_webhook_endpoints(viewer), "endpoint", id_)
        refuse_stale(row, expected_version)
        if after is None:
            await retry_delivery(row.id, log.now)
            await row.refresh_from_db(fields=("next_attempt_at",))
        else:
            await move_endpoint(row, await _position_of(context, row, after))
            await restart_deliveries(row, log.now)
        await save_changed(context, row, only=())
        reason = _MADE_DUE if after is None else _SENT_AGAIN
        log.add(EventKind.WEBHOOK_ENDPOINT_UPDATED, row, before=row.status, after=row.status, reason=reason)
    return row


async def _position_of(context: Context, row: WebhookEndpoint, after: str) -> int:
    try:
        position = LogOrder(await organization_now(context)).decode(after)[0]
    except InvalidCursor as error:
        raise InvalidInput("after", str(error)) from None
    if position > row.position:
        raise InvalidInput("after", "The endpoint has not come to this cursor: there is nothing to replay.")
    return position
