"""A database without a server, for tests that call into the use cases' machinery itself."""

from collections.abc import AsyncIterator

import pytest
from tortoise.context import TortoiseContext

from models.migrations import migrate
from tests.support.databases import opened, settings_in


@pytest.fixture(scope="module")
async def database(tmp_path_factory: pytest.TempPathFactory, engine: str) -> AsyncIterator[TortoiseContext]:  # noqa: ARG001 - each database has its own
    """A migrated database of a test file's own. A test enters it, since fixtures run in another context."""
    async with opened(settings_in(tmp_path_factory.mktemp("database"))) as context:
        await migrate()
        yield context
