"""Clients that stop reading: buffers stay bounded, other clients are not slowed, and reading can resume."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets

from tests.support.actions import add_integration
from tests.support.client import Client, Socket
from tests.support.documents import EVENT_CURSOR, EVENTS, FOLLOW
from tests.support.metrics import figures_when
from tests.support.organizations import new_tenant
from tests.support.processes import resident_kib
from tests.support.servers import RunningServer, running_server
from tests.support.slow_sockets import ENOUGH, ask_for_much, rename, slow_socket
from tests.support.waiting import PATIENCE, until

pytestmark = [pytest.mark.usefixtures("sqlite"), pytest.mark.slow]

_BEFORE, _CHANGES = ENOUGH, 3 * ENOUGH
# The server waits ten seconds for clients that do not read. A delay below this, plus a multiple of the machine's usual
# delay, shows that other clients do not wait for them.
_QUICK = 2.0
_ESTABLISHED = "01"
_BOUND = 30 * 1024 * 1024


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningServer]:
    """A server of its own, because its memory is measured."""
    with running_server(tmp_path, MAX_ALIASES="250") as running:
        yield running


def _memory(server: RunningServer) -> int:
    """The resident memory of the server's process, in bytes."""
    return resident_kib(server.process.pid) * 1024


def _connections(server: RunningServer) -> int:
    """The number of the server's open connections."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{server.settings.serving.port:04X}") and row[3] == _ESTABLISHED for row in rows)


async def _longest_wait(socket: Socket, count: int) -> float:
    """The longest delay of this many events for a fast subscriber."""
    longest = 0.0
    for _ in range(count):
        began = time.monotonic()
        await socket.next()
        longest = max(longest, time.monotonic() - began)
    return longest


async def _to_its_end(socket: Socket, id_: str, server: RunningServer) -> tuple[list[str], int | None]:
    """The remaining cursors of a slow client, read when only the fast one is still subscribed, and the close code."""
    await figures_when(server, lambda figures: figures.of("open_subscriptions") == 1)
    cursors = []
    try:
        while True:
            message = json.loads(await asyncio.wait_for(socket.connection.recv(), PATIENCE))
            if message["id"] == id_:
                cursors.append(message["payload"]["data"]["events"]["cursor"])
    except websockets.ConnectionClosed as closed:
        return cursors, closed.rcvd.code if closed.rcvd else None


async def _rest(client: Client, after: str, count: int) -> list[str]:
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=after)
        return [(await socket.next())["events"]["cursor"] for _ in range(count)]


async def test_a_client_that_does_not_read_is_sent_away_and_misses_nothing(own: RunningServer) -> None:
    client = (await new_tenant(own)).client
    integration = await add_integration(client)
    start = (await client.execute(EVENT_CURSOR))["eventCursor"]
    async with client.socket() as quick, slow_socket(client) as slow, slow_socket(client) as deaf:
        await quick.subscribe(FOLLOW, after=start)
        usual, _ = await asyncio.gather(_longest_wait(quick, _BEFORE), rename(client, integration, _BEFORE))
        start = (await client.execute(EVENT_CURSOR))["eventCursor"]
        first, _ = [await ask_for_much(socket, start) for socket in (slow, deaf)]
        memory, connections = _memory(own), _connections(own)
        waited = asyncio.create_task(_longest_wait(quick, _CHANGES))
        reading = asyncio.create_task(_to_its_end(slow, first, own))
        await rename(client, integration, _CHANGES)
        while not reading.done():
            assert _memory(own) < memory + _BOUND
            await asyncio.sleep(0.1)
        assert await waited < _QUICK + 10 * usual
        cursors, code = await reading
        assert code == 1013
        log = [event["cursor"] for event in (await client.result(EVENTS, after=start, first=100))["nodes"]]
        assert 0 < len(cursors) < len(log) == _CHANGES
        assert cursors + await _rest(client, cursors[-1], len(log) - len(cursors)) == log
        await until(lambda: _connections(own) <= connections - 2)
    assert "Traceback" not in own.log.read_text()
