"""Fixtures: one browser for all tests, and an organization for each test."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.support.browser import running_chromium
from tests.support.client import Client
from tests.support.organizations import Tenant, new_tenant
from tests.support.receivers import Receiver, running_receiver
from tests.support.servers import RunningServer


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with running_chromium() as running:
        yield running


@pytest.fixture
async def tenant(any_server: RunningServer) -> Tenant:
    """An organization for this test only; the pages do not depend on the database."""
    return await new_tenant(any_server)


@pytest.fixture
def client(tenant: Tenant) -> Client:
    """A client with all scopes in that organization."""
    return tenant.client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of webhooks, which accepts all."""
    async with running_receiver() as running:
        yield running
