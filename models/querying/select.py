"""SELECT statements with conditions in SQL: Tortoise takes longer to generate a statement than a database to run it.

Writes, locks and rare reads use Tortoise's query sets.
"""

import re
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.context import require_context
from tortoise.models import Model

from models.querying.statements import numbered
from models.querying.tables import Table, joined_table_of, table_name, table_of

# Waits for the current operation's turn to read, so that one tenant's reads do not take all connections.
READ_TURN: ContextVar[Callable[[], AbstractAsyncContextManager[None]]] = ContextVar("read_turn", default=nullcontext)

# SQLite stores times as texts by UTC.
_HOUR = {"sqlite": "substr({time}, 1, 13)", "postgres": "to_char({time} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')"}

ModelT = TypeVar("ModelT", bound=Model)
Value = str | int | datetime


@dataclass(frozen=True, slots=True)
class Select(Generic[ModelT]):
    """The rows of a model's table that satisfy all conditions, joined with the rows that `foreign_key` refers to.

    A condition is SQL with a question mark for each value and qualified column names.
    """

    model: type[ModelT]
    foreign_key: str | None = None
    conditions: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    each: tuple[str, tuple[Value, ...]] | None = None

    def where(self, condition: str, *values: Value) -> "Select[ModelT]":
        return replace(self, conditions=(*self.conditions, f"({condition})"), values=(*self.values, *values))

    def where_in(self, column: str, values: Collection[Value]) -> "Select[ModelT]":
        """Adds the condition that the column has one of these values."""
        return self.where(f"{column} IN ({marks(values)})", *values) if values else self.where("FALSE")

    def where_each(self, column: str, values: Collection[Value]) -> "Select[ModelT]":
        """Like `where_in`, but a page merges the first rows of each value, which an index has in order.

        With `IN`, the database would sort all rows of these values for every page. The model must have no join.
        """
        return replace(self, each=(column, tuple(values))) if len(values) > 1 else self.where_in(column, values)

    def where_in_select(self, column: str, others: "Select[Any]") -> "Select[ModelT]":
        """Adds the condition that the column has the id of one of these rows."""
        chosen = f"SELECT {others.column('id')} FROM {table_name(others.model)}{others._where()}"  # noqa: S608, SLF001 - names only; of this class
        return self.where(f"{column} IN ({chosen})", *others.values)

    def where_contains(self, column: str, text: str, *, or_equals: str | None = None) -> "Select[ModelT]":
        """Adds the condition that the column contains this text, or that another expression is the text."""
        escaped = re.sub(r"[\\%_]", r"\\\g<0>", text)
        contains = f"{column} LIKE ? ESCAPE '\\'"
        if or_equals is None:
            return self.where(contains, f"%{escaped}%")
        return self.where(f"{contains} OR {or_equals} = ?", f"%{escaped}%", text)

    def column(self, name: str) -> str:
        """Returns the qualified name of a column of the model's table."""
        return f"{table_name(self.model)}.{name}"

    async def all(self, order_by: str = "", limit: int | None = None) -> list[ModelT]:
        """Returns the rows. `order_by` is SQL."""
        database = require_context().db()
        table = self._table(database.capabilities.dialect)
        order = f" ORDER BY {order_by}" if order_by else ""
        if self.each and limit is not None:
            found = await _run(database, *self._merged(table.select, order, self.each, limit))
        elif limit is None:
            found = await _run(database, table.select, *self._whole(order))
        else:
            rest, values = self._whole(order)
            found = await _run(database, table.select, f"{rest} LIMIT ?", (*values, limit))
        return [cast("ModelT", table.read(row)) for row in found]

    async def one(self) -> ModelT | None:
        """Returns the first row, or None."""
        return next(iter(await self.all()), None)

    async def count(self) -> int:
        counting = f"SELECT COUNT(*) FROM {table_name(self.model)}"  # noqa: S608 - a table's name
        return int((await _run(require_context().db(), counting, *self._whole()))[0][0])

    async def count_by(self, name: str) -> dict[str, int]:
        """Returns how many rows have each value of a column; values without rows are missing."""
        column = self.column(name)
        counting = f"SELECT {column}, COUNT(*) FROM {table_name(self.model)}"  # noqa: S608 - names only
        rows = await _run(require_context().db(), counting, *self._whole(f" GROUP BY {column}"))
        return {row[0]: row[1] for row in rows}

    async def count_by_hour(self, time: str, name: str) -> list[tuple[datetime, str, int]]:
        """Returns each hour of a column of times, by UTC, with each value of another column and the number of rows."""
        database = require_context().db()
        hour = _HOUR[database.capabilities.dialect].format(time=self.column(time))
        counting = f"SELECT {hour}, {self.column(name)}, COUNT(*) FROM {table_name(self.model)}"  # noqa: S608 - names only
        rows = await _run(database, counting, *self._whole(" GROUP BY 1, 2"))
        return [(datetime.strptime(row[0], "%Y-%m-%d %H").replace(tzinfo=UTC), row[1], row[2]) for row in rows]

    def _table(self, dialect: str) -> Table:
        if self.foreign_key is None:
            return table_of(self.model, dialect)
        return joined_table_of(self.model, self.foreign_key, dialect)

    def _whole(self, order: str = "") -> tuple[str, tuple[Value, ...]]:
        """The rest of a statement for all rows, and its values."""
        if self.each is None:
            return self._where() + order, self.values
        column, values = self.each
        return f"{self._where(f'{column} IN ({marks(values)})')}{order}", (*self.values, *values)

    def _merged(
        self, select: str, order: str, each: tuple[str, tuple[Value, ...]], limit: int
    ) -> tuple[str, str, tuple[Value, ...]]:
        """A statement for the first rows of each value, merged."""
        column, values = each
        part = f"SELECT * FROM ({select}{self._where(f'{column} = ?')}{order} LIMIT ?) AS part"  # noqa: S608 - names only
        parts = " UNION ALL ".join([part] * len(values))
        given = [given for value in values for given in (*self.values, value, limit)]
        return "", f"SELECT * FROM ({parts}) AS {table_name(self.model)}{order} LIMIT ?", (*given, limit)  # noqa: S608 - names only

    def _where(self, *more: str) -> str:
        conditions = (*self.conditions, *more)
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def marks(values: Collection[Value]) -> str:
    """Returns a comma-separated list of question marks, one for each value."""
    return ", ".join("?" * len(values))


async def _run(
    database: BaseDBAsyncClient, beginning: str, rest: str, values: Sequence[Value]
) -> Sequence[Sequence[Any]]:
    if database.capabilities.dialect == "postgres":
        rest = numbered(rest)
    # A transaction has its connection already.
    async with nullcontext() if isinstance(database, TransactionalDBClient) else READ_TURN.get()():
        _, rows = await database.execute_query(beginning + rest, list(values))
    return cast("Sequence[Sequence[Any]]", rows)  # Tortoise's annotation says dicts
