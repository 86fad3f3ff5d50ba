"""Reading credentials."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from models import AuthenticationMethod, Credential, CredentialStatus, Destination, Scope
from models.querying import Select
from resolvers.context import Context
from resolvers.credentials.status import disconnect_unreadable
from resolvers.kit.naming import search_key
from resolvers.kit.ordering import NounOrder
from resolvers.kit.paging import Page, Window, read_page
from resolvers.rows import find_row, own_credentials, with_account, with_ids, with_name, with_search

# The expression of an index.
_KEY_ENDING = "lower(substr(credentials.masked_secret, length(credentials.masked_secret) - 3))"


@dataclass(frozen=True, slots=True)
class CredentialFilter:
    """Conditions on credentials; None matches all."""

    destination: Destination | None = None
    status: CredentialStatus | None = None
    method: AuthenticationMethod | None = None
    name_contains: str | None = None
    search: str | None = None
    name: str | None = None
    ids: Collection[str] | None = None
    account_id: str | None = None

    def apply(self, rows: Select[Credential]) -> Select[Credential]:
        """Adds the conditions to a query; raises InvalidArgument."""
        if self.destination is not None:
            rows = rows.where("credentials.destination = ?", self.destination)
        if self.status is not None:
            rows = rows.where("credentials.status = ?", self.status)
        if self.method is not None:
            rows = rows.where("credentials.method = ?", self.method)
        if self.name_contains is not None:
            rows = rows.where_contains("credentials.name_key", search_key(self.name_contains))
        if self.search is not None:
            rows = with_search(rows, self.search, _KEY_ENDING)
        if self.name is not None:
            rows = with_name(rows, self.name)
        if self.ids is not None:
            rows = with_ids(rows, "credential", self.ids)
        if self.account_id is not None:
            rows = with_account(rows, self.account_id)
        return rows


async def page(context: Context, wanted: CredentialFilter, order: NounOrder, window: Window) -> Page[Credential]:
    """A page of the organization's credentials. Needs READ; raises InvalidArgument or InvalidCursor."""
    rows = wanted.apply(_visible(context))
    found = await read_page(rows, order, window)
    if await disconnect_unreadable(context, found.rows):
        found = await read_page(rows, order, window)
    return found


async def find(context: Context, id_: str) -> Credential | None:
    """One credential, or None. Needs READ."""
    rows = _visible(context)
    found = await find_row(rows, "credential", id_)
    if found and await disconnect_unreadable(context, [found]):
        found = await find_row(rows, "credential", id_)
    return found


async def by_ids(context: Context, ids: Collection[str]) -> Sequence[Credential]:
    """The existing credentials among these ids, in any order. Needs READ."""
    rows = _visible(context).where_in("credentials.id", ids)
    found = await rows.all()
    return await rows.all() if await disconnect_unreadable(context, found) else found


def _visible(context: Context) -> Select[Credential]:
    return own_credentials(context, context.require(Scope.READ))
