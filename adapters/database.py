"""Errors and availability of either database, so that other layers do not depend on the ORM's errors."""

import sqlite3

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.context import require_context
from tortoise.exceptions import BaseORMException, DBConnectionError

# Every error that a database, its driver or the ORM raises.
DATABASE_ERRORS = (OSError, sqlite3.Error, BaseORMException)


class DatabaseUnavailableError(DBConnectionError):
    """The database is unreachable or cannot write; the statement is not at fault. The message names the cause."""


class SlowStatementError(DatabaseUnavailableError):
    """A read outside a transaction took longer than a statement may take. The database works."""


# Each returns a row if the schema has been migrated and the database accepts writes. PostgreSQL does not if it is a
# standby, or if an administrator has made the database read-only.
_CHECKS = {
    "sqlite": "SELECT 1 FROM migrations LIMIT 1",
    "postgres": "SELECT 1 FROM migrations WHERE NOT current_setting('transaction_read_only')::bool LIMIT 1",
}


async def is_available() -> bool:
    """Whether the database responds, its schema has been migrated, and it accepts writes."""
    database = require_context().db()
    try:
        _, rows = await database.execute_query(_CHECKS[database.capabilities.dialect])
    except DATABASE_ERRORS:
        return False
    return bool(rows)


async def data_version() -> int | None:
    """A number that changes when another process has changed the database; None if the database has none.

    SQLite's costs next to nothing: https://www.sqlite.org/pragma.html#pragma_data_version.
    """
    database = require_context().db()
    if database.capabilities.dialect != "sqlite":
        return None
    _, rows = await database.execute_query("PRAGMA data_version")
    return int(rows[0][0])


def holds_connection() -> bool:
    """Whether the caller is inside a transaction, and so has a connection of its own."""
    return isinstance(require_context().db(), TransactionalDBClient)
