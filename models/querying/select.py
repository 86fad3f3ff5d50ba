"""SELECT statements with conditions in SQL: Tortoise takes longer to generate a statement than a database to run it.

Writes, locks and rare reads use Tortoise's query sets.
"""

import re
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient
from tortoise.context import require_context
from tortoise.models import Model

from models.querying.tables import Table, joined_table_of, table_name, table_of

# Waits for the current operation's turn to read, so that one tenant's reads do not take all connections.
READ_TURN: ContextVar[Callable[[], AbstractAsyncContextManager[None]]] = ContextVar("read_turn", default=nullcontext)

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
    either: tuple[str, tuple[Value, ...]] | None = None

    def where(self, condition: str, *values: Value) -> "Select[ModelT]":
        return replace(self, conditions=(*self.conditions, f"({condition})"), values=(*self.values, *values))

    def where_in(self, column: str, values: Collection[Value]) -> "Select[ModelT]":
        """Adds the condition that the column has one of these values."""
        return self.where(f"{column} IN ({marks(values)})", *values) if values else self.where("FALSE")

    def where_either(self, column: str, values: Collection[Value]) -> "Select[ModelT]":
        """Like `where_in`, for few values and a column that leads an index in the order of the rows.

        A limited query looks at no more rows than the limit for each value. With IN, it could look at all rows.
        """
        return replace(self.where_in(column, values), either=(column, tuple(dict.fromkeys(values))))

    def where_contains(self, column: str, text: str) -> "Select[ModelT]":
        """Adds the condition that the column contains this text."""
        escaped = re.sub(r"[\\%_]", r"\\\g<0>", text)
        return self.where(f"{column} LIKE ? ESCAPE '\\'", f"%{escaped}%")

    def column(self, name: str) -> str:
        """Returns the qualified name of a column of the model's table."""
        return f"{table_name(self.model)}.{name}"

    async def all(self, order_by: str = "", limit: int | None = None) -> list[ModelT]:
        """Returns the rows. `order_by` is SQL."""
        database = require_context().db()
        table = self._table(database.capabilities.dialect)
        order = f" ORDER BY {order_by}" if order_by else ""
        if limit is not None and self.either and len(self.either[1]) > 1:
            union, values = self._each(order_by, limit)
            last = f" ORDER BY {order_by.replace(self.column(''), '')} LIMIT ?"
            found = await _run(database, union, last, (*values, limit))
        elif limit is None:
            found = await _run(database, table.select, self._where() + order, self.values)
        else:
            found = await _run(database, table.select, f"{self._where()}{order} LIMIT ?", (*self.values, limit))
        return [cast("ModelT", table.read(row)) for row in found]

    async def one(self) -> ModelT | None:
        """Returns the first row, or None."""
        return next(iter(await self.all()), None)

    async def count(self) -> int:
        counting = f"SELECT COUNT(*) FROM {table_name(self.model)}"  # noqa: S608 - a table's name
        return int((await _run(require_context().db(), counting, self._where(), self.values))[0][0])

    def _each(self, order_by: str, limit: int) -> tuple[str, list[Value]]:
        """A UNION of the first rows with each value of `either`, and its values."""
        column, choices = cast("tuple[str, tuple[Value, ...]]", self.either)
        each = [self.where(f"{column} = ?", choice) for choice in choices]
        table = self._table(require_context().db().capabilities.dialect).select
        parts = [f"SELECT * FROM ({table}{part._where()} ORDER BY {order_by} LIMIT ?) AS part" for part in each]  # noqa: S608, SLF001 - names and marks only
        return " UNION ALL ".join(parts), [value for part in each for value in (*part.values, limit)]

    def _table(self, dialect: str) -> Table:
        if self.foreign_key is None:
            return table_of(self.model, dialect)
        return joined_table_of(self.model, self.foreign_key, dialect)

    def _where(self) -> str:
        return f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""


def marks(values: Collection[Value]) -> str:
    """Returns a comma-separated list of question marks, one for each value."""
    return ", ".join("?" * len(values))


async def _run(
    database: BaseDBAsyncClient, beginning: str, rest: str, values: Sequence[Value]
) -> Sequence[Sequence[Any]]:
    statement = beginning + rest
    if database.capabilities.dialect == "postgres":
        statement = _numbered(statement)
    # A transaction has its connection already.
    async with nullcontext() if isinstance(database, TransactionalDBClient) else READ_TURN.get()():
        _, rows = await database.execute_query(statement, list(values))
    return cast("Sequence[Sequence[Any]]", rows)  # Tortoise's annotation says dicts


def _numbered(sql: str) -> str:
    """Replaces question marks with $1, $2 …, asyncpg's placeholders."""
    first, *others = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(others, start=1))
