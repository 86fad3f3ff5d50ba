"""Fixtures: one server for the whole suite, and an organization of its own for each test."""

from collections.abc import Iterator

import pytest

from tests.support.client import Client
from tests.support.organizations import Tenant, new_tenant
from tests.support.servers import RunningServer, running_server


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """What the server runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A development server that all tests may share, each with its own organization."""
    with running_server(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
async def tenant(server: RunningServer) -> Tenant:
    """An organization that nobody else uses."""
    return await new_tenant(server)


@pytest.fixture
def client(tenant: Tenant) -> Client:
    """A client that may do everything in the test's organization."""
    return tenant.client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the comparison of what was shown with what must not show at the end."""
    items.sort(key=lambda item: item.path.name == "test_secrecy.py")
