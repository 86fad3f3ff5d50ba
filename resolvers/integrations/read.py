"""Reading integrations, each with its credential."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tortoise.queryset import QuerySet

from models import Destination, Integration, IntegrationStatus, Provider, Scope
from resolvers.context import Context
from resolvers.credentials.status import reading
from resolvers.kit.naming import search_key
from resolvers.kit.ordering import NounOrder
from resolvers.kit.paging import Page, Window, read_page
from resolvers.rows import find_row


@dataclass(frozen=True, slots=True)
class IntegrationFilter:
    """Which integrations are asked for; None asks for all."""

    provider: Provider | None = None
    status: IntegrationStatus | None = None
    destination: Destination | None = None
    name_contains: str | None = None

    def apply(self, rows: QuerySet[Integration]) -> QuerySet[Integration]:
        """Those of the rows that are asked for."""
        if self.provider is not None:
            rows = rows.filter(provider=self.provider)
        if self.status is not None:
            rows = rows.filter(status_copy=self.status)
        if self.destination is not None:
            rows = rows.filter(destination_copy=self.destination)
        if self.name_contains is not None:
            rows = rows.filter(name_key__contains=search_key(self.name_contains))
        return rows


async def page(context: Context, wanted: IntegrationFilter, order: NounOrder, window: Window) -> Page[Integration]:
    """A page of the organization's integrations. Needs READ; raises InvalidArgument or InvalidCursor."""
    rows = wanted.apply(_visible(context))
    return await reading(
        context, lambda: read_page(rows, order, window), lambda found: (row.credential for row in found.rows)
    )


async def find(context: Context, id_: str) -> Integration | None:
    """One integration, or None. Needs READ."""
    rows = _visible(context)
    return await reading(
        context, lambda: find_row(rows, "integration", id_), lambda found: [found.credential] if found else []
    )


async def by_ids(context: Context, ids: Collection[str]) -> Sequence[Integration]:
    """Those of the integrations with these ids that there are, in any order. Needs READ."""
    return await _read_all(context, _visible(context).filter(id__in=list(ids)))


async def of_credentials(context: Context, credential_ids: Collection[str]) -> Sequence[Integration]:
    """All integrations that use one of these credentials, by creation. Needs READ."""
    return await _read_all(context, _visible(context).filter(credential_id__in=list(credential_ids)).order_by("id"))


async def _read_all(context: Context, rows: QuerySet[Integration]) -> Sequence[Integration]:
    return await reading(context, rows.all, lambda found: (row.credential for row in found))


def _visible(context: Context) -> QuerySet[Integration]:
    viewer = context.require(Scope.READ)
    return Integration.filter(organization_id=viewer.organization.id).select_related("credential")
