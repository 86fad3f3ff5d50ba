"""Databases of a test's own: SQLite files, or databases of a PostgreSQL server, as the test's `engine` says."""

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tortoise.context import TortoiseContext, require_context

from settings import Settings
from startup.database import database_config
from tests.support.postgres import Postgres
from tests.support.settings import read_settings

_using: list[Postgres | None] = [None]


def use(postgres: Postgres | None) -> None:
    """From now on databases are this server's, or SQLite files."""
    _using[0] = postgres


def in_use() -> Postgres | None:
    """The server that databases are made at; None stands for SQLite."""
    return _using[0]


def database_variables(data_dir: Path) -> dict[str, str]:
    """The settings of the database that belongs to a data folder; the same folder has the same database."""
    if (postgres := in_use()) is None:
        return {}
    return {"DATABASE_URL": postgres.url(database_name(data_dir))}


def database_name(data_dir: Path) -> str:
    """What the database of a data folder is called at a PostgreSQL server."""
    return "drawbridge_" + hashlib.sha256(f"{os.getpid()} {data_dir}".encode()).hexdigest()[:20]


def settings_in(folder: Path, **changes: str) -> Settings:
    """A development server's settings, with its data in `folder`."""
    given = {"DATA_DIR": str(folder), **database_variables(folder), **changes}
    return read_settings({f"DRAWBRIDGE_{name}": value for name, value in given.items()})


@asynccontextmanager
async def opened(settings: Settings, **credentials: object) -> AsyncIterator[TortoiseContext]:
    """The database, not migrated and not yet connected. `credentials` take the place of the server's."""
    config = database_config(settings)
    for connection in config["connections"].values():
        connection["credentials"] |= credentials
    async with TortoiseContext() as database:
        await database.init(config=config)
        yield database


async def ask(statement: str) -> list[dict[str, Any]]:
    """The rows that a statement gives in the open database."""
    return await require_context().db().execute_query_dict(statement)


async def stored(settings: Settings) -> str:
    """All that a database holds: the SQLite file as it is, or each row of PostgreSQL's tables as text."""
    if settings.database.postgres_url is None:
        files = settings.database.sqlite_path.parent.glob(f"{settings.database.sqlite_path.name}*")
        return "".join(file.read_bytes().decode(errors="replace") for file in files)
    async with opened(settings):
        tables = await ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [await ask(f"SELECT t::text FROM {table['tablename']} t") for table in tables]  # noqa: S608 - our own tables
        return str(rows)
