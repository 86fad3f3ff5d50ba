"""Errors and availability of either database, so that other layers do not depend on the ORM's errors."""

import sqlite3

from tortoise.context import require_context
from tortoise.exceptions import BaseORMException, DBConnectionError

# Every error that a database, its driver or the ORM raises.
DATABASE_ERRORS = (OSError, sqlite3.Error, BaseORMException)


class DatabaseUnavailableError(DBConnectionError):
    """The database is unreachable or cannot write; the statement is not at fault. The message names the cause."""


class SlowStatementError(BaseORMException):
    """A read took longer than a statement may take."""


async def is_available() -> bool:
    """Whether the database responds and its schema has been migrated."""
    try:
        await require_context().db().execute_query("SELECT name FROM migrations LIMIT 1")
    except DATABASE_ERRORS:
        return False
    return True


async def data_version() -> int | None:
    """A number that changes when another process has changed the database; None if the database has none.

    SQLite's costs next to nothing: https://www.sqlite.org/pragma.html#pragma_data_version.
    """
    database = require_context().db()
    if database.capabilities.dialect != "sqlite":
        return None
    _, rows = await database.execute_query("PRAGMA data_version")
    return int(rows[0][0])
