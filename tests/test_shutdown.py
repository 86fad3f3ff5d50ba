"""On SIGTERM, the server refuses new requests, completes mutations in progress, and closes sockets with 1012."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from models import Event, Integration, Organization
from startup.database import open_database
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import CREATE_INTEGRATION, EVENT_CURSOR, FOLLOW
from tests.support.gate import Gate, open_gate
from tests.support.leaving import by_http
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import AS_OPERATOR, RunningServer, running_server
from tests.support.stopping import ended, refused
from tests.support.waiting import PATIENCE, until

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_CHECK = "/v1/account"


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that is used only for its sandbox."""
    with running_server(tmp_path / "stripe") as running:
        yield running


@pytest.fixture
async def gate(stripe: RunningServer) -> AsyncIterator[Gate]:
    """A gate in front of that sandbox."""
    async with open_gate(stripe.address) as opened:
        yield opened


@pytest.fixture
def own(tmp_path: Path, gate: Gate) -> Iterator[RunningServer]:
    """A server with a long Stripe timeout, which the test stops."""
    folder, base = tmp_path / "own", f"{gate.address}/sandbox"
    with running_server(folder, STRIPE_API_BASE=base, STRIPE_TIMEOUT_SECONDS="60") as running:
        yield running


@pytest.fixture
async def tenant(own: RunningServer) -> Tenant:
    """An organization of that server."""
    return await new_tenant(own)


@pytest.fixture
def client(tenant: Tenant) -> Client:
    """A client with all scopes in that organization."""
    return tenant.client


def _input(name: str) -> dict[str, Any]:
    return {"name": name, "authentication": {"secretKey": secret_key()}}


async def _stored(tenant: Tenant) -> set[str]:
    """The names of the stored integrations; asserts that each has its event."""
    async with open_database(tenant.server.settings):
        organization = await Organization.get(name=tenant.name)
        events = await Event.filter(organization_id=organization.id).order_by("position")
        assert [event.position for event in events] == list(range(1, organization.position + 1))
        created = {event.name for event in events if event.kind == "INTEGRATION_CREATED"}
        assert created == {row.name for row in await Integration.filter(organization_id=organization.id)}
        return created


async def test_mutations_in_flight_are_finished_and_answered_and_nobody_new_is_let_in(
    own: RunningServer, gate: Gate, tenant: Tenant
) -> None:
    names = [f"Slow {number}" for number in range(3)]
    with gate.holding(_CHECK) as hold:
        sent = [asyncio.create_task(tenant.client.result(CREATE_INTEGRATION, input=_input(name))) for name in names]
        await hold.arrival(len(names))
        ending = asyncio.create_task(ended(own))
        await refused(own)
        assert not any(task.done() for task in sent)
        hold.open()
        results = await asyncio.gather(*sent)
    assert {result["__typename"] for result in results} == {"CreateIntegrationSuccess"}
    await ending
    assert await _stored(tenant) == set(names)


async def test_a_mutation_is_finished_though_its_request_is_cancelled(
    own: RunningServer, gate: Gate, tenant: Tenant
) -> None:
    """Uvicorn cancels a request only at the end of its shutdown, whether its client has left or not."""
    async with AsyncExitStack() as stack:
        hold = stack.enter_context(gate.holding(_CHECK))
        leave = await stack.enter_async_context(by_http(tenant.client, CREATE_INTEGRATION, {"input": _input("Left")}))
        stayed = asyncio.create_task(tenant.client.post(CREATE_INTEGRATION, input=_input("Stayed")))
        await hold.arrival(2)
        await leave()
        ending = asyncio.create_task(ended(own, cut_off=True))
        await until(lambda: "timeout graceful shutdown exceeded" in own.log.read_text())
        hold.open()
        await ending
        with suppress(httpx.TransportError):
            await stayed
    assert await _stored(tenant) == {"Left", "Stayed"}


async def test_a_mutation_in_flight_on_a_socket_is_finished_though_its_answer_is_lost(
    own: RunningServer, gate: Gate, tenant: Tenant
) -> None:
    async with tenant.client.socket() as open_socket:
        with gate.holding(_CHECK) as hold:
            await open_socket.subscribe(CREATE_INTEGRATION, input=_input("Slow"))
            await hold.arrival()
            ending = asyncio.create_task(ended(own))
            with pytest.raises(websockets.ConnectionClosed):
                await open_socket.receive()
            assert open_socket.connection.close_code == 1012
            hold.open()
            await ending
    assert await _stored(tenant) == {"Slow"}


async def test_subscribers_are_told_to_connect_anew(own: RunningServer, client: Client) -> None:
    async with client.socket() as first, client.socket() as second:
        for following in (first, second):
            await following.subscribe(FOLLOW, after=(await client.execute(EVENT_CURSOR))["eventCursor"])
        await add_integration(client)
        for following in (first, second):
            await following.next()
        await ended(own)
        for following in (first, second):
            await following.connection.wait_closed()
            assert following.connection.close_code == 1012


async def test_an_interrupt_ends_the_server_without_a_traceback(tmp_path: Path) -> None:
    with running_server(tmp_path, AS_OPERATOR) as server:
        server.process.send_signal(signal.SIGINT)
        assert await asyncio.to_thread(server.process.wait, PATIENCE) == 0
        assert "Traceback" not in server.log.read_text()
