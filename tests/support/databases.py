"""Databases for single tests: SQLite files or PostgreSQL databases, depending on the test's `engine`."""

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
    """Selects the PostgreSQL server for new databases; None selects SQLite."""
    _using[0] = postgres


def in_use() -> Postgres | None:
    """Returns the selected PostgreSQL server; None means SQLite."""
    return _using[0]


def database_variables(data_dir: Path) -> dict[str, str]:
    """Returns the database settings for a data folder. The same folder always has the same database."""
    if (postgres := in_use()) is None:
        return {}
    return {"DATABASE_URL": postgres.url(database_name(data_dir))}


def database_name(data_dir: Path) -> str:
    """Returns the PostgreSQL database name for a data folder."""
    return "drawbridge_" + hashlib.sha256(f"{os.getpid()} {data_dir}".encode()).hexdigest()[:20]


def settings_in(folder: Path, **changes: str) -> Settings:
    """A development server's settings, with its data in `folder`."""
    given = {"DATA_DIR": str(folder), **database_variables(folder), **changes}
    return read_settings({f"DRAWBRIDGE_{name}": value for name, value in given.items()})


@asynccontextmanager
async def opened(settings: Settings, **credentials: object) -> AsyncIterator[TortoiseContext]:
    """Opens the database without migrating or connecting it. `credentials` override the server's."""
    config = database_config(settings)
    for connection in config["connections"].values():
        connection["credentials"] |= credentials
    async with TortoiseContext() as database:
        await database.init(config=config)
        yield database


async def ask(statement: str) -> list[dict[str, Any]]:
    """Returns the rows of a statement in the open database."""
    return await require_context().db().execute_query_dict(statement)


async def stored(settings: Settings) -> str:
    """Returns all contents: the bytes of the SQLite file, or each PostgreSQL row as text."""
    if settings.database.postgres_url is None:
        files = settings.database.sqlite_path.parent.glob(f"{settings.database.sqlite_path.name}*")
        return "".join(file.read_bytes().decode(errors="replace") for file in files)
    async with opened(settings):
        tables = await ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [await ask(f"SELECT t::text FROM {table['tablename']} t") for table in tables]  # noqa: S608 - our own tables
        return str(rows)
