"""One browser for all tests, an organization for each."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.support.browser import running_chromium
from tests.support.client import Client
from tests.support.organizations import Tenant, new_tenant
from tests.support.servers import RunningServer


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with running_chromium() as running:
        yield running


@pytest.fixture
async def tenant(any_server: RunningServer) -> Tenant:
    """An organization that nobody else uses: which database it is in does not matter to a page."""
    return await new_tenant(any_server)


@pytest.fixture
def client(tenant: Tenant) -> Client:
    """A client that may do everything there."""
    return tenant.client
