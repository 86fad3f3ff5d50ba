"""A database of a test's own, opened as the server opens it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tortoise.context import TortoiseContext

from database import database_config
from settings import Settings, read_settings


def settings_in(folder: Path) -> Settings:
    """A development server's settings, with its data in `folder`."""
    return read_settings({"DRAWBRIDGE_DATA_DIR": str(folder)})


@asynccontextmanager
async def opened(settings: Settings, **pragmas: object) -> AsyncIterator[TortoiseContext]:
    """The database, not migrated and not yet connected. `pragmas` take the place of the server's."""
    config = database_config(settings)
    config["connections"]["sqlite"]["credentials"] |= pragmas
    async with TortoiseContext() as database:
        await database.init(config=config)
        yield database
