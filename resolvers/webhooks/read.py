"""Reading webhook endpoints and their deliveries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from models import Scope, WebhookDelivery, WebhookEndpoint, WebhookEndpointStatus
from models.querying import Select
from resolvers.context import Context
from resolvers.kit.cursors import decode_cursor, encode_cursor
from resolvers.kit.ordering import NounOrder
from resolvers.kit.paging import Page, Window, read_page
from resolvers.rows import find_row, own_webhook_endpoints, with_ids


@dataclass(frozen=True, slots=True)
class WebhookEndpointFilter:
    """Conditions on webhook endpoints; None matches all."""

    status: WebhookEndpointStatus | None = None
    url: str | None = None
    ids: Collection[str] | None = None

    def apply(self, rows: Select[WebhookEndpoint]) -> Select[WebhookEndpoint]:
        """Adds the conditions to a query; raises InvalidArgument."""
        if self.status is not None:
            rows = rows.where("webhook_endpoints.status = ?", self.status)
        if self.url is not None:  # PostgreSQL's texts cannot contain NUL
            rows = rows.where("FALSE") if "\0" in self.url else rows.where("webhook_endpoints.url = ?", self.url)
        return rows if self.ids is None else with_ids(rows, "endpoint", self.ids)


@dataclass(frozen=True, slots=True)
class DeliveryOrder:
    """Newest first. Cursors include the endpoint's id, so those of another one are invalid."""

    endpoint_id: str
    columns: tuple[str, ...] = ("id",)
    descending: bool = True

    def encode(self, row: WebhookDelivery) -> str:
        """The cursor of a delivery's place."""
        return encode_cursor(["DELIVERY", self.endpoint_id, row.id])

    def decode(self, cursor: str) -> tuple[int]:
        """The id at a cursor; raises InvalidCursor."""
        return (int(decode_cursor(cursor, ("DELIVERY", self.endpoint_id, int))[-1]),)


async def page(context: Context, wanted: WebhookEndpointFilter, window: Window) -> Page[WebhookEndpoint]:
    """A page of the organization's endpoints, newest first. Needs READ; raises InvalidArgument or InvalidCursor."""
    return await read_page(wanted.apply(_visible(context)), NounOrder(), window)


async def find(context: Context, id_: str) -> WebhookEndpoint | None:
    """One endpoint, or None. Needs READ."""
    return await find_row(_visible(context), "endpoint", id_)


async def by_ids(context: Context, ids: Collection[str]) -> Sequence[WebhookEndpoint]:
    """The existing endpoints among these ids, in any order. Needs READ."""
    return await _visible(context).where_in("webhook_endpoints.id", ids).all()


async def deliveries(context: Context, endpoint: WebhookEndpoint, window: Window) -> Page[WebhookDelivery]:
    """A page of the attempts to deliver to an endpoint, newest first. Needs READ.

    Raises InvalidArgument or InvalidCursor.
    """
    organization = context.require(Scope.READ).organization
    rows = Select(WebhookDelivery).where("webhook_deliveries.organization_id = ?", organization.id)
    rows = rows.where("webhook_deliveries.endpoint_id = ?", endpoint.id)
    return await read_page(rows, DeliveryOrder(endpoint.id), window)


def _visible(context: Context) -> Select[WebhookEndpoint]:
    return own_webhook_endpoints(context.require(Scope.READ))
