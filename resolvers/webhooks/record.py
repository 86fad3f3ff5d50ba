"""Recording attempts: the endpoint's position moves in the transaction that stores the attempt, after the response.

Results that arrive together share a transaction, because on SQLite all endpoints share one writer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from models import EventKind, Organization, WebhookDelivery, WebhookEndpoint, WebhookEndpointStatus
from models.querying import RECORDED, deleted_endpoints, record_attempt
from resolvers.context import Context, system_viewer
from resolvers.events.unit_of_work import unit_of_work
from resolvers.rows import save_changed
from resolvers.webhooks.result import Result

RETENTION = timedelta(days=30)
_BATCH = 500
# In the order of an index, without the ids: 100,000 in two or three seconds.
_LARGE_BATCH = 5000


@dataclass(frozen=True, slots=True)
class Attempt:
    """A result to record. `delivery` is None if events were passed over that the endpoint does not want.

    `owner` is the claim's, which then lasts for so many `seconds`.
    """

    endpoint: WebhookEndpoint
    result: Result
    delivery: WebhookDelivery | None
    owner: str
    seconds: float


async def record_together(attempts: Sequence[Attempt]) -> Sequence[WebhookEndpoint | None]:
    """Records results; returns each endpoint as it is now, None if its claim was lost or it was changed meanwhile."""
    async with in_transaction():
        rows = {attempt.endpoint.id: await _record(attempt) for attempt in _in_one_order(attempts)}
        stored = [attempt.delivery for attempt in attempts if attempt.delivery and rows[attempt.endpoint.id]]
        if stored:
            await WebhookDelivery.bulk_create(stored)
    return [rows[attempt.endpoint.id] for attempt in attempts]


def _in_one_order(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Transactions that lock rows in the same order do not wait for each other in a circle."""
    return sorted(attempts, key=lambda attempt: attempt.endpoint.id)


async def record_disabled(context: Context, attempt: Attempt) -> WebhookEndpoint | None:
    """Disables an endpoint because of its last attempt, and appends the event."""
    organization = await Organization.get(id=attempt.endpoint.organization_id)
    async with unit_of_work(context, system_viewer(organization)) as log:
        row = await _record(attempt)
        if row is None:
            return None
        row.status = WebhookEndpointStatus.DISABLED
        await save_changed(context, row, only=("status",))
        if attempt.delivery:
            await attempt.delivery.save(force_create=True)
        log.add(EventKind.WEBHOOK_ENDPOINT_DISABLED, row, before=WebhookEndpointStatus.ENABLED, after=row.status)
    return row


async def delete_old_deliveries(now: datetime) -> None:
    """Deletes attempts after 30 days, in bounded batches."""
    old = WebhookDelivery.filter(attempted_at__lte=now - RETENTION).order_by("attempted_at").limit(_BATCH)
    while batch := await old.values_list("id", flat=True):
        await WebhookDelivery.filter(id__in=list(batch)).delete()


async def delete_orphaned_deliveries() -> None:
    """Deletes the attempts of deleted endpoints, in bounded batches."""
    for organization_id, endpoint_id in await deleted_endpoints():
        await _delete_deliveries(WebhookDelivery.filter(organization_id=organization_id, endpoint_id=endpoint_id))


async def _delete_deliveries(own: QuerySet[WebhookDelivery]) -> None:
    following = own.order_by("id").offset(_LARGE_BATCH).limit(1)
    while later := await following.values_list("id", flat=True):
        await own.filter(id__lt=later[0]).delete()
    await own.delete()


async def _record(attempt: Attempt) -> WebhookEndpoint | None:
    changed = {name: getattr(attempt.result, name) for name in RECORDED}
    return await record_attempt(attempt.endpoint, changed, attempt.owner, attempt.seconds)
