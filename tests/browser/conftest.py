"""Fixtures: one browser and one server for all tests, and an organization for each test."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from tests.support.browser import running_chromium
from tests.support.client import Client
from tests.support.organizations import Tenant, new_tenant
from tests.support.receivers import Receiver, running_receiver
from tests.support.servers import AS_RUN, RunningServer, running_on_sqlite


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with running_chromium() as running:
        yield running


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server like that of `make run`, with the sandbox's Stripe App. The pages do not depend on the database."""
    with running_on_sqlite(tmp_path_factory.mktemp("app"), **AS_RUN) as running:
        yield running


@pytest.fixture
async def tenant(app_server: RunningServer) -> Tenant:
    """An organization for this test only."""
    return await new_tenant(app_server)


@pytest.fixture
def client(tenant: Tenant) -> Client:
    """A client with all scopes in that organization."""
    return tenant.client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of webhooks, which accepts all."""
    async with running_receiver() as running:
        yield running
