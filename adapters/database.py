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


# Each returns a value that only changes with the data. SQLite's changes when another process commits
# (https://www.sqlite.org/pragma.html#pragma_data_version). PostgreSQL's names the transactions that are visible; a
# standby does not list all of them (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT).
_VERSIONS = {
    "sqlite": "PRAGMA data_version",
    "postgres": "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_snapshot()::text END",
}


async def data_version() -> int | str | None:
    """A value that changes when another process has changed the database; None if the database has none.

    It costs far less than a query over many rows.
    """
    database = require_context().db()
    _, rows = await database.execute_query(_VERSIONS[database.capabilities.dialect])
    version: int | str | None = rows[0][0]
    return version


def holds_connection() -> bool:
    """Whether the caller is inside a transaction, and so has a connection of its own."""
    return isinstance(require_context().db(), TransactionalDBClient)
