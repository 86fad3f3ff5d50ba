"""Errors and figures of the database, whichever it is, so that no other layer needs to know the ORM's."""

import sqlite3

from tortoise.context import require_context
from tortoise.exceptions import BaseORMException, DBConnectionError

# Every error that a database, its driver or the ORM raises.
DATABASE_ERRORS = (OSError, sqlite3.Error, BaseORMException)


class DatabaseUnavailableError(DBConnectionError):
    """The database does not answer, or cannot write: no fault of the statement. The text names the cause."""


async def is_available() -> bool:
    """Whether the database answers, and has been migrated."""
    try:
        await require_context().db().execute_query("SELECT name FROM migrations LIMIT 1")
    except DATABASE_ERRORS:
        return False
    return True
