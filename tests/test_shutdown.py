"""SIGTERM while there is work to do, and while clients do not let go."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websockets

from models import Event, Integration, Organization
from startup.database import open_database
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import CREATE_INTEGRATION, EVENT_CURSOR, FOLLOW
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stopping import ended, refuses

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[RunningServer]:
    """A server of which only the sandbox matters, which takes two seconds for what is slow."""
    with running_server(tmp_path / "stripe") as running:
        yield running


@pytest.fixture
def own(tmp_path: Path, stripe: RunningServer) -> Iterator[RunningServer]:
    """A server that is patient with that sandbox, and may be stopped."""
    folder, base = tmp_path / "own", f"{stripe.address}/sandbox"
    with running_server(folder, STRIPE_API_BASE=base, STRIPE_TIMEOUT_SECONDS="5") as running:
        yield running


@pytest.fixture
async def tenant(own: RunningServer) -> Tenant:
    """An organization at that server."""
    return await new_tenant(own)


@pytest.fixture
def client(tenant: Tenant) -> Client:
    """A client that may do everything there."""
    return tenant.client


def _slow(name: str) -> dict[str, Any]:
    return {"name": name, "authentication": {"secretKey": secret_key(behaviour="slow")}}


async def _stored(tenant: Tenant) -> set[str]:
    """The names of the integrations that are there, each with its events."""
    async with open_database(tenant.server.settings):
        organization = await Organization.get(name=tenant.name)
        events = await Event.filter(organization_id=organization.id).order_by("position")
        assert [event.position for event in events] == list(range(1, organization.position + 1))
        created = {event.name for event in events if event.kind == "INTEGRATION_CREATED"}
        assert created == {row.name for row in await Integration.filter(organization_id=organization.id)}
        return created


async def test_mutations_in_flight_are_finished_and_answered_and_nobody_new_is_let_in(
    own: RunningServer, tenant: Tenant
) -> None:
    names = [f"Slow {number}" for number in range(3)]
    in_flight = [asyncio.create_task(tenant.client.result(CREATE_INTEGRATION, input=_slow(name))) for name in names]
    await asyncio.sleep(0.7)
    ending = asyncio.create_task(ended(own))
    assert await refuses(own)
    assert not any(task.done() for task in in_flight), "else they were not in flight"
    results = await asyncio.gather(*in_flight)
    assert {result["__typename"] for result in results} == {"CreateIntegrationSuccess"}
    assert await ending < 5
    assert await _stored(tenant) == set(names)


async def test_a_mutation_in_flight_on_a_socket_is_finished_though_its_answer_is_lost(
    own: RunningServer, tenant: Tenant
) -> None:
    async with tenant.client.socket() as open_socket:
        await open_socket.subscribe(CREATE_INTEGRATION, input=_slow("Slow"))
        await asyncio.sleep(0.7)
        assert await ended(own) < 10
        with pytest.raises(websockets.ConnectionClosed):
            await open_socket.receive()
        assert open_socket.connection.close_code == 1012
    assert await _stored(tenant) == {"Slow"}


async def test_subscribers_are_told_to_connect_anew(own: RunningServer, client: Client) -> None:
    async with client.socket() as first, client.socket() as second:
        for following in (first, second):
            await following.subscribe(FOLLOW, after=(await client.execute(EVENT_CURSOR))["eventCursor"])
        await add_integration(client)
        for following in (first, second):
            await following.next()
        assert await ended(own) < 5
        for following in (first, second):
            await following.connection.wait_closed()
            assert following.connection.close_code == 1012
