"""A database without a server, for tests that call the use cases' tools directly."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext

from models.migrations import migrate
from resolvers.services import Services
from startup.services import create_services
from tests.support.databases import opened, settings_in
from tests.support.servers import RunningServer
from tests.support.watched import watched_server


@pytest.fixture(scope="module")
async def database(tmp_path_factory: pytest.TempPathFactory, engine: str) -> AsyncIterator[TortoiseContext]:  # noqa: ARG001 - each database has its own
    """A migrated database per test file. Tests enter it themselves, because fixtures run in another context."""
    # A loaded machine needs long to fill tables.
    async with opened(settings_in(tmp_path_factory.mktemp("database"), DATABASE_TIMEOUT_SECONDS="60")) as context:
        await migrate()
        yield context


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """Services without a server."""
    made = create_services(settings_in(tmp_path))
    yield made
    await made.aclose()


@pytest.fixture(scope="session")
def requiring(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:
    """A server whose integrations need three permissions, one of which to write."""
    required = "customer_read,plan_read,customer_write"
    folder = tmp_path_factory.mktemp(f"requiring-{engine}")
    with watched_server(folder, STRIPE_REQUIRED_PERMISSIONS=required) as running:
        yield running
