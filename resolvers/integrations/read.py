"""Reading integrations, each with its credential."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from models import Destination, Integration, IntegrationStatus, Provider, Scope
from models.querying import Select
from resolvers.context import Context, Viewer
from resolvers.credentials.status import disconnect_unreadable
from resolvers.kit.naming import search_key
from resolvers.kit.ordering import NounOrder
from resolvers.kit.paging import Page, Window, read_page
from resolvers.rows import (
    credentials_of,
    find_row,
    own_integrations,
    with_account,
    with_ids,
    with_name,
    with_search,
)


@dataclass(frozen=True, slots=True)
class IntegrationFilter:
    """Conditions on integrations; None matches all."""

    provider: Provider | None = None
    status: IntegrationStatus | None = None
    destination: Destination | None = None
    name_contains: str | None = None
    search: str | None = None
    name: str | None = None
    ids: Collection[str] | None = None
    account_id: str | None = None

    def apply(self, rows: Select[Integration], viewer: Viewer) -> Select[Integration]:
        """Adds the conditions to a query of the viewer's integrations; raises InvalidArgument."""
        if self.provider is not None:
            rows = rows.where("integrations.provider = ?", self.provider)
        if self.status is not None:
            rows = rows.where("integrations.status_copy = ?", self.status)
        if self.destination is not None:
            rows = rows.where("integrations.destination_copy = ?", self.destination)
        if self.name_contains is not None:
            rows = rows.where_contains("integrations.name_key", search_key(self.name_contains))
        if self.search is not None:
            rows = with_search(rows, self.search, "integrations.key_ending_copy")
        if self.name is not None:
            rows = with_name(rows, self.name)
        if self.ids is not None:
            rows = with_ids(rows, "integration", self.ids)
        if self.account_id is not None:
            of_account = with_account(credentials_of(viewer), self.account_id)
            rows = rows.where_in_select("integrations.credential_id", of_account)
        return rows


async def page(context: Context, wanted: IntegrationFilter, order: NounOrder, window: Window) -> Page[Integration]:
    """A page of the organization's integrations. Needs READ; raises InvalidArgument or InvalidCursor."""
    rows = wanted.apply(visible(context), context.viewer())
    found = await read_page(rows, order, window)
    if await disconnect_unreadable(context, (row.credential for row in found.rows)):
        found = await read_page(rows, order, window)
    return found


async def find(context: Context, id_: str) -> Integration | None:
    """One integration, or None. Needs READ."""
    rows = visible(context)
    found = await find_row(rows, "integration", id_)
    if found and await disconnect_unreadable(context, [found.credential]):
        found = await find_row(rows, "integration", id_)
    return found


async def by_ids(context: Context, ids: Collection[str]) -> Sequence[Integration]:
    """The existing integrations among these ids, by creation. Needs READ."""
    return await read_all(context, visible(context).where_in("integrations.id", ids))


async def read_all(context: Context, rows: Select[Integration]) -> Sequence[Integration]:
    """All of these rows, by creation, after disconnecting their unreadable credentials."""
    found = await rows.all("integrations.id")
    if await disconnect_unreadable(context, (row.credential for row in found)):
        found = await rows.all("integrations.id")
    return found


def visible(context: Context) -> Select[Integration]:
    """The integrations that the viewer may read. Needs READ."""
    return own_integrations(context.require(Scope.READ))
