"""Rows that are due at a time: each is settled in a transaction of its own, or in one that needs its name."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar, cast

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from adapters.database import DatabaseUnavailableError
from models import ApiToken, Credential, Organization, WebhookEndpoint
from resolvers.context import Context, system_viewer
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.kit.failures import Failures
from resolvers.services import Services

Row = TypeVar("Row", Credential, ApiToken, WebhookEndpoint)
Settle = Callable[[Log, Row], Awaitable[None]]

_BATCH = 100


async def settle_each(services: Services, due: QuerySet[Row], settle: Settle[Row], *, by: str = "expires_at") -> None:
    """Settles each due row in a transaction of its own, in bounded batches. A settled row must not be due any more.

    The rows are due in the order of the column `by`. Each transaction reads its row again, so two processes never
    settle one row twice.

    A row that fails, or an organization that is locked, does not hold up the others. The first failure is raised once
    all have been tried, or after a batch of failures.
    """
    failures = Failures()
    while len(failures) < _BATCH and (batch := await _ids(due, failures, by)):
        for id_, organization_id in batch:
            if organization_id in failures:
                continue
            try:
                await _settle(services, organization_id, due.filter(id=id_), settle)
            except DatabaseUnavailableError as error:
                failures.add(organization_id, error)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other rows are not at fault
                failures.add(id_, error)
    failures.raise_first()


async def _ids(due: QuerySet[Row], failures: Failures, by: str) -> list[tuple[str, str]]:
    """The ids of due rows and of their organizations. The rows themselves may be unreadable."""
    failed = list(failures)
    others = due.exclude(Q(id__in=failed) | Q(organization_id__in=failed)) if failed else due
    rows = others.order_by(by).limit(_BATCH)
    return [(id_, organization_id) async for id_, organization_id in rows.values_list("id", "organization_id")]


async def _settle(services: Services, organization_id: str, due: QuerySet[Row], settle: Settle[Row]) -> None:
    organization = await Organization.get(id=organization_id)
    async with unit_of_work(Context(services), system_viewer(organization)) as log:
        await settle_in(log, due, settle)


async def first_end(rows: QuerySet[Row], *, by: str = "expires_at") -> datetime | None:
    """The earliest time in the column `by` of these rows. Reads no more, because the row may be unreadable."""
    ends = rows.order_by(by).limit(1).values_list(by, flat=True)
    return next(iter(cast("list[datetime]", await ends)), None)


async def settle_in(log: Log, due: QuerySet[Row], settle: Settle[Row]) -> None:
    """Settles due rows in the caller's transaction."""
    for row in await due:
        await settle(log, row)
