"""Migrates the database: applies each SQL file once, all in one transaction. A file can call a step in Python.

For why these are not Tortoise's own migrations, see docs/decisions/0002-migrations-are-sql-files.md.
"""

import re
from pathlib import Path

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import require_context
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from models.migrations.name_keys import fill_name_keys

_FILES = Path(__file__).parent
_STEP = re.compile(r"^-- Python: (\w+)$", re.MULTILINE)
_STEPS = {"fill_name_keys": fill_name_keys}
# A random number, which other programs are unlikely to lock.
_LOCKS = {"postgres": "SELECT pg_advisory_xact_lock(4019372284610537519)"}
_TABLE_OF_MIGRATIONS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE name = 'migrations'",
    "postgres": "SELECT relname FROM pg_class WHERE oid = to_regclass('migrations')",
}


class NewerDatabaseError(Exception):
    """The database has migrations that this version does not know."""


class FailedMigrationError(OperationalError):
    """The database rejected a migration. The message includes its reason."""


async def migrate() -> list[str]:
    """Applies pending migrations atomically and returns their names, oldest first.

    Concurrent processes wait for each other: on SQLite for the write lock, on PostgreSQL for an advisory lock.
    """
    async with in_transaction() as connection:
        if lock := _LOCKS.get(connection.capabilities.dialect):
            await connection.execute_query(lock)
        await connection.execute_query("CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY)")
        due = await _due(connection)
        for file in due:
            await _apply(connection, file)
            await connection.execute_query(f"INSERT INTO migrations VALUES ('{file.stem}')")  # noqa: S608 - the name of our own file
        return [file.stem for file in due]


async def _apply(connection: BaseDBAsyncClient, file: Path) -> None:
    try:
        for statement in _statements(file):
            if step := _STEP.search(statement):
                await _STEPS[step[1]](connection)
            else:
                await connection.execute_query(statement)
    except OperationalError as error:
        raise FailedMigrationError(f"The migration {file.stem} failed, and nothing was changed: {error}") from error


async def due_migrations() -> list[str]:
    """Returns the names of pending migrations, oldest first."""
    connection = require_context().db()
    known = await connection.execute_query_dict(_TABLE_OF_MIGRATIONS[connection.capabilities.dialect])
    return [file.stem for file in (await _due(connection) if known else _files(connection))]


async def _due(connection: BaseDBAsyncClient) -> list[Path]:
    applied = {row["name"] for row in await connection.execute_query_dict("SELECT name FROM migrations")}
    files = _files(connection)
    if unknown := applied - {file.stem for file in files}:
        raise NewerDatabaseError(f"The database is newer than this program: it has {', '.join(sorted(unknown))}.")
    return [file for file in files if file.stem not in applied]


def _files(connection: BaseDBAsyncClient) -> list[Path]:
    return sorted((_FILES / connection.capabilities.dialect).glob("*.sql"))


def _statements(file: Path) -> list[str]:
    """Splits a file into statements, which must each end with a semicolon at the end of a line."""
    return [statement for statement in file.read_text().split(";\n") if statement.strip()]
