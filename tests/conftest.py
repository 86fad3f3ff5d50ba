"""Fixtures: one server for the whole suite, and a separate organization for each test."""

import asyncio
import gc
import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.client import Client
from tests.support.databases import in_use, use
from tests.support.order import longest_first
from tests.support.organizations import Tenant, new_tenant
from tests.support.postgres import running_postgres
from tests.support.servers import RunningServer, fork_servers, running_on_sqlite
from tests.support.watched import watched_server

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
fork_servers()
_TESTS = Path(__file__).parent
_SUITES = {"abuse", "browser", "crash", "deploy", "examples", "failures", "sandbox", "web"}


gc.disable()  # until all tests are collected: nothing of that is garbage


def pytest_collection_finish() -> None:
    """Collects garbage from now on, but not among the modules and tests, which would take a second each time."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Marks the tests of a heavy suite with its folder's name, and those that start PostgreSQL.

    It does so before pytest chooses tests by their marks, and orders the chosen ones afterwards.
    """
    for item in items:
        for folder in _SUITES & set(item.path.relative_to(_TESTS).parts):
            item.add_marker(folder)
        if isinstance(item, pytest.Function) and _needs_postgres(item):
            item.add_marker("postgres")
    yield
    items[:] = longest_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _needs_postgres(item: pytest.Function) -> bool:
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return "postgres" in item.fixturenames or "postgres" in params.values()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """asyncio, like the server."""
    return "asyncio"


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The database of the tests' servers and commands: each test that needs one runs on both."""
    with running_postgres() if request.param == "postgres" else nullcontext() as postgres:
        use(postgres)
        yield request.param
        use(None)


@pytest.fixture
def sqlite() -> Iterator[None]:
    """Makes a single test use SQLite files, regardless of the selected engine."""
    before = in_use()
    use(None)
    yield
    use(before)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:
    """A development server that tests share, each with its own organization."""
    with watched_server(tmp_path_factory.mktemp(engine)) as running:
        yield running


@pytest.fixture
async def tenant(server: RunningServer) -> Tenant:
    """An organization for this test only."""
    return await new_tenant(server)


@pytest.fixture
def client(tenant: Tenant) -> Client:
    """A client with all scopes in the test's organization."""
    return tenant.client


@pytest.fixture(scope="session")
def any_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server on SQLite, for tests that do not depend on the database and therefore run only once."""
    with running_on_sqlite(tmp_path_factory.mktemp("any")) as running:
        yield running


@pytest.fixture(scope="session")
def any_tenant(any_server: RunningServer) -> Tenant:
    """An organization of that server."""
    return asyncio.run(new_tenant(any_server))


@pytest.fixture(scope="session")
def anyone(any_tenant: Tenant) -> Client:
    """A client with all scopes in that organization."""
    return any_tenant.client
