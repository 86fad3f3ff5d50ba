"""Clients that request much data and do not read it."""

import itertools
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import websockets

from tests.support.client import Client, Socket
from tests.support.documents import UPDATE_INTEGRATION

_NAMES = " ".join(f"a{number}: name" for number in range(250))
BIG = f"subscription ($after: String) {{ events(after: $after) {{ cursor ... on IntegrationEvent {{ {_NAMES} }} }} }}"
_NAME = "漢" * 94  # three bytes each, so that an event has 75 kB
_OPERATIONS = 10
# This many events fill the kernel's buffers of a socket with these operations.
ENOUGH = 20
_numbers = itertools.count(1)


@asynccontextmanager
async def slow_socket(client: Client) -> AsyncIterator[Socket]:
    """Opens a socket whose client buffers little unread data."""
    address = urlsplit(client.address)
    connection = sockets.socket()
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 16_384)
    connection.connect((address.hostname, address.port))
    async with websockets.connect(
        client.address.replace("http", "ws", 1) + "/graphql",
        sock=connection,
        subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
        compression=None,
        max_queue=1,
        ping_interval=None,
        close_timeout=0.1,
    ) as opened:
        socket = Socket(opened)
        await socket.send({"type": "connection_init", "payload": client.headers()})
        await socket.receive()
        yield socket


async def ask_for_much(socket: Socket, after: str) -> str:
    """Subscribes many operations to large events; returns the id of the first."""
    first, *_ = [await socket.subscribe(BIG, after=after) for _ in range(_OPERATIONS)]
    return first


async def rename(client: Client, integration: dict[str, Any], times: int) -> None:
    """Creates this many events."""
    for _ in range(times):
        given = {"id": integration["id"], "name": f"{_NAME}{next(_numbers)}"}
        assert (await client.result(UPDATE_INTEGRATION, input=given))["__typename"] == "UpdateIntegrationSuccess"
