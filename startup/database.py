"""Opens the database that the settings name: an SQLite file, or PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise.context import TortoiseContext

from adapters.database import DATABASE_ERRORS
from adapters.postgres.errors import connecting
from adapters.postgres.session import shares_sessions
from adapters.sqlite.readers import CONNECTIONS
from models.migrations import due_migrations, migrate
from settings import Settings, StartupError, variable
from settings.database import DatabaseSettings

_SHARED_SESSIONS = (
    f"{variable('database_url')} names a pooler that lends one session to several connections, like PgBouncer in "
    "transaction mode. Set pool_mode = session for this database, or connect to PostgreSQL directly."
)
# PostgreSQL ends a slow statement itself. asyncpg's command_timeout, this much later, means that it does not respond.
_ANSWER_SECONDS = 1.0


def database_config(settings: Settings, statement_seconds: float | None = None) -> dict[str, Any]:
    """Tortoise's configuration. `statement_seconds` replaces the time limit of statements.

    Each dialect has an alias of its own, because Tortoise caches statements by alias.
    """
    database = settings.database
    if database.postgres_url is None:
        alias, engine, credentials = "sqlite", "adapters.sqlite.engine", _sqlite_arguments(database)
    else:
        seconds = statement_seconds or database.database_timeout_seconds
        alias, engine, credentials = "postgres", "adapters.postgres.engine", postgres_arguments(database, seconds)
        credentials |= {"min_size": 1, "max_size": database.database_connections}
        credentials |= {"command_timeout": seconds + _ANSWER_SECONDS}
    return {
        "connections": {alias: {"engine": engine, "credentials": credentials}},
        "apps": {"models": {"models": ["models"], "default_connection": alias}},
    }


def read_connections(database: DatabaseSettings) -> int:
    """How many statements outside transactions run at a time in a process."""
    return CONNECTIONS if database.postgres_url is None else database.database_connections


def _sqlite_arguments(settings: DatabaseSettings) -> dict[str, Any]:
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if settings.sqlite_path.exists() and not settings.sqlite_path.is_file():  # such as /dev/null, a folder or a pipe
        raise StartupError(f"The database must be a regular file, which {settings.sqlite_path} is not.")
    settings.sqlite_path.touch(mode=0o600)
    return {
        "file_path": str(settings.sqlite_path),
        "busy_timeout": int(settings.database_timeout_seconds * 1000),
        "journal_mode": "WAL",
        # An acknowledged write survives a power cut, too, not only a crash of the process.
        "synchronous": "FULL",
    }


def postgres_arguments(settings: DatabaseSettings, statement_seconds: float | None = None) -> dict[str, Any]:
    """Arguments of `adapters.postgres.session.connect`."""
    statement_seconds = statement_seconds or settings.database_timeout_seconds
    return {
        "dsn": settings.postgres_url and settings.postgres_url.reveal(),
        "timeout": settings.database_timeout_seconds,
        "session": {
            "application_name": "drawbridge",
            # An acknowledged write survives a crash of PostgreSQL, whatever its configuration says.
            "synchronous_commit": "on",
            # Ends transactions, and with them locks, of a machine that has vanished.
            "idle_in_transaction_session_timeout": f"{settings.database_timeout_seconds * 1000:.0f}ms",
            "jit": "off",  # all queries are short
            # The code relies on these. A role's or database's own defaults must not change them.
            "default_transaction_isolation": "read committed",
            "lock_timeout": "0",
            "statement_timeout": f"{statement_seconds * 1000:.0f}ms",
            "transaction_timeout": "0",
            "idle_session_timeout": "0",
            "search_path": settings.search_path,
            "standard_conforming_strings": "on",
        },
    }


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[None]:
    """Opens the database for a command, and migrates it in development.

    Raises StartupError if migrations are due in production.
    """
    async with connected(settings):
        if not settings.production:
            await migrate()
        elif due := await due_migrations():
            raise StartupError(f"Migrations are due: {', '.join(due)}. Run 'python cli.py migrate' first.")
        yield


@asynccontextmanager
async def connected(settings: Settings, statement_seconds: float | None = None) -> AsyncIterator[None]:
    """Opens the database for a command, without migrating it; raises StartupError if that fails."""
    async with TortoiseContext() as database:
        try:
            if settings.database.postgres_url:
                await _refuse_shared_sessions(settings.database)
            await database.init(config=database_config(settings, statement_seconds))
            await due_migrations()
        except DATABASE_ERRORS as error:
            place = "at PostgreSQL" if settings.database.postgres_url else settings.database.sqlite_path
            raise StartupError(f"The database {place} cannot be opened: {str(error).rstrip('.')}.") from None
        yield


async def _refuse_shared_sessions(settings: DatabaseSettings) -> None:
    arguments = postgres_arguments(settings) | {"command_timeout": settings.database_timeout_seconds}
    if await connecting(shares_sessions(arguments)):
        raise StartupError(_SHARED_SESSIONS)
