"""Runs handwritten statements, which have question marks for their values on either database."""

from datetime import datetime
from typing import Any

from tortoise.context import require_context


async def run_statement(statement: str, *values: str | float | datetime | None) -> list[dict[str, Any]]:
    """Runs a statement in the current transaction, if there is one, and returns its rows by column."""
    database = require_context().db()
    if database.capabilities.dialect == "postgres":
        statement = numbered(statement)
    # Tortoise returns the rows of an UPDATE on PostgreSQL as dicts only.
    return await database.execute_query_dict(statement, list(values))


def dialect() -> str:
    """The dialect of the current database: postgres or sqlite."""
    return require_context().db().capabilities.dialect


def numbered(sql: str) -> str:
    """Replaces question marks with $1, $2 …, asyncpg's placeholders."""
    first, *others = sql.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(others, start=1))
