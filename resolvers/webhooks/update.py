"""Changing a webhook endpoint's URL, description or kinds."""

from collections.abc import Collection
from typing import Any, TypedDict

from models import EventKind, Scope, WebhookEndpoint
from models.querying import end_claim, restart_deliveries
from resolvers.context import Context
from resolvers.events.unit_of_work import unit_of_work
from resolvers.rows import get_row, own_webhook_endpoints, refuse_stale, save_changed
from resolvers.webhooks.settings import clean_description, clean_kinds, clean_url


class EndpointChanges(TypedDict, total=False):
    """The settings to change. None removes the description, and stands for all kinds."""

    url: str
    description: str | None
    kinds: Collection[EventKind] | None


async def update(
    context: Context, *, id_: str, changes: EndpointChanges, expected_version: int | None = None
) -> WebhookEndpoint:
    """Changes the given settings. Another URL is tried at once. Needs CONFIGURE.

    Raises InvalidInput, NotFound or StaleVersion, and then changes nothing.
    """
    viewer = context.require(Scope.CONFIGURE)
    cleaned = _clean(context, changes)
    async with unit_of_work(context, viewer) as log:
        row = await get_row(own_webhook_endpoints(viewer), "endpoint", id_)
        refuse_stale(row, expected_version)
        changed = {name: value for name, value in cleaned.items() if getattr(row, name) != value}
        if changed:
            row.update_from_dict(changed)
            await save_changed(context, row, only=changed)
            log.add(EventKind.WEBHOOK_ENDPOINT_UPDATED, row, before=row.status, after=row.status)
        if "url" in changed:
            await restart_deliveries(row, log.now)
        elif "kinds" in changed:
            await end_claim(row)  # its owner would pass over events of the kinds that are added
    return row


def _clean(context: Context, changes: EndpointChanges) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    if "url" in changes:
        cleaned["url"] = clean_url(context, changes["url"])
    if "description" in changes:
        cleaned["description"] = clean_description(changes["description"])
    if "kinds" in changes:
        cleaned["kinds"] = clean_kinds(changes["kinds"])
    return cleaned
