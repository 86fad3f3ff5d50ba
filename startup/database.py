"""Opens the database that the settings name: an SQLite file, or PostgreSQL."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException

from models.migrations import due_migrations, migrate
from settings import Settings
from settings.errors import StartupError


def database_config(settings: Settings, statement_seconds: float | None = None) -> dict[str, Any]:
    """Tortoise's configuration; `statement_seconds` gives statements another time than the settings do.

    Aliases differ, since Tortoise caches statements by them, of whichever dialect.
    """
    if settings.postgres_url is None:
        alias, engine, credentials = "sqlite", "adapters.sqlite.engine", _sqlite(settings)
    else:
        alias, engine, credentials = "postgres", "adapters.postgres.engine", postgres_arguments(settings)
        credentials |= {"min_size": 1, "max_size": settings.database_connections}
        credentials |= {"command_timeout": statement_seconds or settings.database_timeout_seconds}
    return {
        "connections": {alias: {"engine": engine, "credentials": credentials}},
        "apps": {"models": {"models": ["models"], "default_connection": alias}},
    }


def _sqlite(settings: Settings) -> dict[str, Any]:
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.database_path.touch(mode=0o600)
    return {
        "file_path": str(settings.database_path),
        "busy_timeout": int(settings.database_timeout_seconds * 1000),
        "journal_mode": "WAL",
        # An acknowledged write survives a power cut too, not only a crash of the process.
        "synchronous": "FULL",
    }


def postgres_arguments(settings: Settings) -> dict[str, Any]:
    """What asyncpg.connect is given: https://magicstack.github.io/asyncpg/current/api/index.html#connection."""
    return {
        "dsn": settings.postgres_url and settings.postgres_url.reveal(),
        "timeout": settings.database_timeout_seconds,
        "server_settings": {
            "application_name": "drawbridge",
            # An acknowledged write survives a crash of PostgreSQL, whatever its configuration says.
            "synchronous_commit": "on",
            # By then it is free again what was locked by a machine that has vanished.
            "idle_in_transaction_session_timeout": f"{settings.database_timeout_seconds * 1000:.0f}ms",
            "jit": "off",  # all queries are short
        },
    }


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[None]:
    """The database, for a command: migrated in development, refused in production if migrations are due."""
    async with connected(settings):
        if not settings.production:
            await migrate()
        elif due := await due_migrations():
            raise StartupError(f"Migrations are due: {', '.join(due)}. Run 'python cli.py migrate' first.")
        yield


@asynccontextmanager
async def connected(settings: Settings, statement_seconds: float | None = None) -> AsyncIterator[None]:
    """The database as it is, for a command; raises StartupError if it cannot be opened."""
    async with TortoiseContext() as database:
        try:
            await database.init(config=database_config(settings, statement_seconds))
            await due_migrations()
        except (OSError, sqlite3.Error, BaseORMException) as error:
            place = "at PostgreSQL" if settings.postgres_url else settings.database_path
            raise StartupError(f"The database {place} cannot be opened: {str(error).rstrip('.')}.") from None
        yield
