"""Streams and sockets of silent, slow or disconnected clients, and at the server's shutdown."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
import uvicorn
import websockets
from websockets.frames import Frame, Opcode

from server import create_application
from settings import Settings
from tests.resolvers.test_events import cursor_now
from tests.support.actions import add_integration, history
from tests.support.client import Client
from tests.support.documents import CREATE_INTEGRATION, FOLLOW
from tests.support.gate import open_gate
from tests.support.metrics import figures_when
from tests.support.node import running
from tests.support.organizations import new_tenant
from tests.support.ports import own_port
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.slow_sockets import BIG, ENOUGH, rename
from tests.support.stopping import ended
from tests.support.streams import streaming
from tests.support.waiting import PATIENCE, until
from web.protocols.timeout_http import TimeoutHTTPProtocol
from web.protocols.timeout_websocket import TimeoutWebSocketProtocol

# Without the cursor, which the server nevertheless sends as the id.
_KINDS = "subscription { events { kind } }"
_CHANGES = 4 * ENOUGH
_PROTOCOL = websockets.Subprotocol("graphql-transport-ws")

pytestmark = [pytest.mark.usefixtures("sqlite"), pytest.mark.slow]


class _Pinged(websockets.ClientConnection):
    """Counts the pings of the server."""

    pings = 0

    def process_event(self, event: object) -> None:
        """Takes any frame."""
        self.pings += isinstance(event, Frame) and event.opcode is Opcode.PING
        super().process_event(event)  # type: ignore[arg-type]


async def _pinged(client: Client, closed: asyncio.Event) -> None:
    """Waits until an idle socket has been pinged, and another has been closed."""
    url = client.address.replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(url, subprotocols=[_PROTOCOL], create_connection=_Pinged) as connection:
        await connection.send(json.dumps({"type": "connection_init", "payload": client.headers()}))
        assert isinstance(connection, _Pinged)
        await until(lambda: connection.pings > 0 and closed.is_set())
        assert connection.state is websockets.State.OPEN


async def _closed_without_init(client: Client, closed: asyncio.Event) -> None:
    """Waits until a socket without connection_init is closed, after ten seconds."""
    url, began = client.address.replace("http", "ws", 1) + "/graphql", time.monotonic()
    async with websockets.connect(url, subprotocols=[_PROTOCOL]) as socket_:
        await asyncio.wait_for(socket_.wait_closed(), PATIENCE)
        assert socket_.close_code == 4408
    assert time.monotonic() - began > 9
    closed.set()


async def _commented(client: Client, closed: asyncio.Event) -> None:
    """Waits until an idle stream has been sent a comment, and a socket has been closed."""
    async with streaming(client, FOLLOW) as stream:
        commented = False
        while not (commented and closed.is_set()):
            block = await stream.block()
            assert block, "it stays open"
            commented = commented or block.comment


async def test_what_is_idle_is_kept_open_if_somebody_has_signed_in_and_closed_if_not(anyone: Client) -> None:
    closed = asyncio.Event()
    await asyncio.gather(_pinged(anyone, closed), _closed_without_init(anyone, closed), _commented(anyone, closed))


@asynccontextmanager
async def _slow_reader(client: Client, document: str, after: str) -> AsyncIterator[socket.socket]:
    """A connection that requests a stream and reads only its beginning."""
    body = json.dumps({"query": document, "variables": {"after": after}})
    head = f"POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {client.token}\r\n"
    head += f"Accept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        url = httpx.URL(client.address)
        connection.connect((url.host, url.port))
        connection.sendall((head + body).encode())
        yield connection


async def test_a_stream_that_is_not_read_is_cut_and_others_get_everything(tmp_path: Path) -> None:
    with running_server(tmp_path, MAX_ALIASES="250") as server:
        client = (await new_tenant(server)).client
        integration = await add_integration(client, "Many")
        after = await cursor_now(client)
        async with _slow_reader(client, BIG, after) as connection, streaming(client, FOLLOW, after=after) as other:
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")
            await rename(client, integration, _CHANGES)
            assert len([await other.event() for _ in range(_CHANGES)]) == _CHANGES
            await figures_when(server, lambda figures: figures.of("open_subscriptions") == 1)
            sent = _read_to_the_end(connection)
    assert 0 < sent.count(b"event: next") < _CHANGES
    assert not sent.endswith(b"0\r\n\r\n"), "it ends as it does when a connection is lost"


def _read_to_the_end(connection: socket.socket) -> bytes:
    """The bytes in flight when the connection was cut; fails if it is still open."""
    connection.settimeout(PATIENCE)
    received = bytearray()
    while chunk := connection.recv(1 << 20):
        received += chunk
    return bytes(received)


@asynccontextmanager
async def _serving_here(settings: Settings) -> AsyncIterator[None]:
    """A server in this process, so that its tasks are visible."""
    application = create_application(settings)
    config = uvicorn.Config(application, http=TimeoutHTTPProtocol, ws=TimeoutWebSocketProtocol, log_config=None)
    with socket.create_server((settings.serving.host, settings.serving.port)) as listener:
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await serving


def _logs_followed() -> int:
    """Whether logs are followed in this process: 1, or 0. One task looks after all of them."""
    return [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()].count("Tails._poll")


async def test_a_subscription_ends_at_once_when_its_client_leaves(any_server: RunningServer, anyone: Client) -> None:
    settings = any_server.settings.bound_to(own_port())
    client = replace(anyone, address=settings.serving.address)
    async with _serving_here(settings):
        async with streaming(client, FOLLOW):
            await until(lambda: _logs_followed() == 1)
        await until(lambda: _logs_followed() == 0)
        async with client.socket() as connection:
            await connection.subscribe(FOLLOW)
            await until(lambda: _logs_followed() == 1)
        await until(lambda: _logs_followed() == 0)


async def test_sigterm_ends_streams_at_once_and_answers_first_what_is_under_way(tmp_path: Path) -> None:
    given = {"name": "Slow", "authentication": {"secretKey": secret_key()}}
    async with open_gate() as gate:
        with running_server(tmp_path, **gate.settings) as server, gate.holding("/v1/account") as hold:
            client = (await new_tenant(server)).client
            async with streaming(client, FOLLOW) as stream:
                await stream.began()
                answer = asyncio.create_task(client.result(CREATE_INTEGRATION, input=given))
                await hold.arrival()
                ending = asyncio.create_task(ended(server))
                assert await stream.block() is None, "it ends, without saying that it is complete"
            assert (await answer)["__typename"] == "StripeUnavailableError"
            await ending


async def test_a_plain_event_source_resumes_after_a_restart_without_a_gap(tmp_path: Path) -> None:
    port = str(own_port())
    with running_server(tmp_path, PORT=port) as server:
        client = (await new_tenant(server)).client
        url = f"{client.address}/graphql?{urlencode({'query': _KINDS})}"
        async with running("event_source.mjs", url, TOKEN=str(client.token)) as source:
            assert await source.line() == {"type": "open"}
            await add_integration(client, "Before")
            seen = [await source.line() for _ in range(2)]
            server.process.terminate()
            await asyncio.to_thread(server.process.wait, PATIENCE)
            with running_server(tmp_path, PORT=port):
                await add_integration(client, "After")
                lines = [await source.line()]
                while len(seen) < 4:
                    lines.append(await source.line())
                    seen += [lines[-1]] if lines[-1]["type"] == "next" else []
                assert [line["id"] for line in seen] == [event["cursor"] for event in await history(client)]
    assert {line["type"] for line in lines} == {"error", "open", "next"}
    assert "Traceback" not in server.log.read_text()
