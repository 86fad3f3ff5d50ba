"""SIGTERM ends the server in time even if clients do not complete their requests or disconnect."""

import asyncio
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import EVENT_CURSOR
from tests.support.organizations import new_tenant
from tests.support.servers import RunningServer, running_server
from tests.support.slow_sockets import ENOUGH, ask_for_much, rename, slow_socket
from tests.support.stopping import ended, refused

pytestmark = pytest.mark.usefixtures("sqlite")


def _connected(server: RunningServer, text: str) -> socket.socket:
    """A connection on which only this text is sent."""
    connection = socket.create_connection(("127.0.0.1", server.settings.serving.port))
    connection.sendall(text.replace("\n", "\r\n").encode())
    return connection


def _half_sent(client: Client) -> list[str]:
    """Incomplete requests, and complete ones whose connection stays open."""
    head = f"POST /graphql HTTP/1.1\nHost: localhost\nAuthorization: Bearer {client.token}\n"
    head += "Content-Type: application/json\n"
    upgrade = (
        "GET /graphql HTTP/1.1\nHost: localhost\nConnection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n"
    )
    return [
        "",
        "POST /gra",
        head,
        f'{head}Content-Length: 1000\n\n{{"query":',
        f"{head}Transfer-Encoding: chunked\n\n5\n",
        "POST /stripe/webhook/test HTTP/1.1\nHost: localhost\nContent-Length: 1000\n\nx",
        "GET /healthz HTTP/1.1\nHost: localhost\n\n",
        f"{upgrade}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\nSec-WebSocket-Protocol: graphql-transport-ws\n\n",
    ]


async def test_it_ends_in_time_whatever_its_clients_leave_undone(tmp_path: Path) -> None:
    with running_server(tmp_path, MAX_ALIASES="250") as server, ExitStack() as connections:
        client = (await new_tenant(server)).client
        integration = await add_integration(client)
        for text in _half_sent(client):
            connections.enter_context(_connected(server, text))
        async with slow_socket(client) as deaf:
            await ask_for_much(deaf, (await client.execute(EVENT_CURSOR))["eventCursor"])
            await rename(client, integration, ENOUGH)
            ending = asyncio.create_task(ended(server, cut_off=True))
            await refused(server)
            await ending
