"""Errors and availability of either database, so that other layers do not depend on the ORM's errors."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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


class ChangeDetector:
    """Tells whether another process may have changed the database. That costs far less than a query over many rows."""

    def __init__(self) -> None:
        self._version: int | str | None = None

    @asynccontextmanager
    async def since_last(self) -> AsyncIterator[bool]:
        """Whether there may be changes since the last context that succeeded began; True if that is unknown."""
        database = require_context().db()
        _, rows = await database.execute_query(_VERSIONS[database.capabilities.dialect])
        version: int | str | None = rows[0][0]
        yield version is None or version != self._version
        self._version = version  # read before what the context has read, so no later change is taken for an old one


def holds_connection() -> bool:
    """Whether the caller is inside a transaction, and so has a connection of its own."""
    return isinstance(require_context().db(), TransactionalDBClient)
