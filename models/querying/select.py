"""SELECT statements whose conditions are SQL: Tortoise needs longer to generate a statement than a database to run it.

Writes, locks and rare reads use Tortoise's query sets.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import require_context
from tortoise.models import Model

from models.querying.tables import Table, joined_table_of, table_name, table_of

ModelT = TypeVar("ModelT", bound=Model)
Value = str | int | datetime


@dataclass(frozen=True, slots=True)
class Select(Generic[ModelT]):
    """The rows of a model's table that meet all conditions, with the rows that `foreign_key` refers to, if given.

    A condition is SQL with a question mark for each value. Columns are qualified by their table.
    """

    model: type[ModelT]
    foreign_key: str | None = None
    conditions: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()

    def where(self, condition: str, *values: Value) -> "Select[ModelT]":
        """Adds a condition."""
        return Select(self.model, self.foreign_key, (*self.conditions, f"({condition})"), (*self.values, *values))

    def where_in(self, column: str, values: Collection[Value]) -> "Select[ModelT]":
        """Adds the condition that a column has one of these values."""
        return self.where(f"{column} IN ({marks(values)})", *values) if values else self.where("FALSE")

    def where_contains(self, column: str, text: str) -> "Select[ModelT]":
        """Adds the condition that a text is part of a column."""
        escaped = re.sub(r"[\\%_]", r"\\\g<0>", text)
        return self.where(f"{column} LIKE ? ESCAPE '\\'", f"%{escaped}%")

    def column(self, name: str) -> str:
        """A column of the model's table, qualified."""
        return f"{table_name(self.model)}.{name}"

    async def all(self, order_by: str = "", limit: int | None = None) -> list[ModelT]:
        """The rows, in an order given in SQL, `limit` of them at most."""
        database = require_context().db()
        table = self._table(database.capabilities.dialect)
        order = f" ORDER BY {order_by}" if order_by else ""
        if limit is None:
            found = await _run(database, table.select, self._where() + order, self.values)
        else:
            found = await _run(database, table.select, f"{self._where()}{order} LIMIT ?", (*self.values, limit))
        return [cast("ModelT", table.read(row)) for row in found]

    async def one(self) -> ModelT | None:
        """The only row, or None."""
        return next(iter(await self.all()), None)

    async def count(self) -> int:
        """The number of rows."""
        counting = f"SELECT COUNT(*) FROM {table_name(self.model)}"  # noqa: S608 - a table's name
        return int((await _run(require_context().db(), counting, self._where(), self.values))[0][0])

    def _table(self, dialect: str) -> Table:
        if self.foreign_key is None:
            return table_of(self.model, dialect)
        return joined_table_of(self.model, self.foreign_key, dialect)

    def _where(self) -> str:
        return f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""


def marks(values: Collection[Value]) -> str:
    """A list of question marks, one for each value."""
    return ", ".join("?" * len(values))


async def _run(
    database: BaseDBAsyncClient, beginning: str, rest: str, values: Sequence[Value]
) -> Sequence[Sequence[Any]]:
    if database.capabilities.dialect == "postgres":
        rest = _numbered(rest)
    _, rows = await database.execute_query(beginning + rest, list(values))
    return cast("Sequence[Sequence[Any]]", rows)  # Tortoise's annotation says dicts


def _numbered(sql: str) -> str:
    """The same with $1, $2 … in the place of question marks."""
    first, *others = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(others, start=1))
