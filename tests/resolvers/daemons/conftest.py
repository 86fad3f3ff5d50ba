"""Daemons without a server, by a clock that the test moves."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext

from models.migrations import migrate
from resolvers.services import Services
from startup.services import create_services
from tests.support.databases import opened, settings_in


@pytest.fixture
async def fresh(tmp_path: Path, engine: str) -> AsyncIterator[TortoiseContext]:  # noqa: ARG001 - each database has its own
    """A migrated database of the test's own: daemons serve all organizations. Tests enter it themselves."""
    async with opened(settings_in(tmp_path)) as context:
        await migrate()
        yield context


@pytest.fixture
async def sending(tmp_path: Path) -> AsyncIterator[Services]:
    """Services whose calls to receivers have a minute, which no test waits for."""
    made = create_services(settings_in(tmp_path, WEBHOOK_TIMEOUT_SECONDS="60"))
    yield made
    await made.aclose()
