"""Rows that are due at a time: each is settled in a transaction of its own, or in one that needs its name."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tortoise.queryset import QuerySet

from models import ApiToken, Credential
from resolvers.context import Context, system_viewer
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.services import Services

Row = TypeVar("Row", Credential, ApiToken)
Settle = Callable[[Log, Row], Awaitable[None]]

_BATCH = 100


async def settle_each(services: Services, due: QuerySet[Row], settle: Settle[Row], *, by: str = "expires_at") -> None:
    """Settles each due row in a transaction of its own, in bounded batches. A settled row must not be due any more.

    The rows are due in the order of the column `by`. Each transaction reads its row again, so two processes never
    settle one row twice.
    """
    while batch := await due.order_by(by).limit(_BATCH).select_related("organization"):
        for seen in batch:
            async with unit_of_work(Context(services), system_viewer(seen.organization)) as log:
                await settle_in(log, due.filter(id=seen.id), settle)


async def settle_in(log: Log, due: QuerySet[Row], settle: Settle[Row]) -> None:
    """Settles due rows in the caller's transaction."""
    for row in await due:
        await settle(log, row)
