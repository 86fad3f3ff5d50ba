"""Clients that disconnect before they receive their response, in different ways."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.support.client import Client

Leave = Callable[[], Awaitable[None]]


@asynccontextmanager
async def by_http(client: Client, document: str, variables: dict[str, Any]) -> AsyncIterator[Leave]:
    """Sends a request; leaving closes the connection."""
    body = json.dumps({"query": document, "variables": variables}).encode()
    async with connection(client) as writer:
        writer.write(head(client, len(body)) + body)
        await writer.drain()

        async def leave() -> None:
            writer.transport.abort()

        yield leave


@asynccontextmanager
async def by_complete(client: Client, document: str, variables: dict[str, Any]) -> AsyncIterator[Leave]:
    """Starts an operation on a socket; leaving completes it and leaves the socket open."""
    async with client.socket() as socket:
        id_ = await socket.subscribe(document, **variables)

        async def leave() -> None:
            await socket.send({"id": id_, "type": "complete"})
            await socket.send({"type": "ping"})
            while (await socket.receive())["type"] != "pong":
                pass

        yield leave


@asynccontextmanager
async def by_closing(client: Client, document: str, variables: dict[str, Any]) -> AsyncIterator[Leave]:
    """Starts an operation on a socket; leaving closes the socket, as browsers do."""
    async with client.socket() as socket:
        await socket.subscribe(document, **variables)
        yield socket.connection.close


@asynccontextmanager
async def by_vanishing(client: Client, document: str, variables: dict[str, Any]) -> AsyncIterator[Leave]:
    """Starts an operation on a socket; leaving drops the connection without a close frame."""
    async with client.socket() as socket:
        await socket.subscribe(document, **variables)

        async def leave() -> None:
            socket.connection.transport.abort()
            await socket.connection.wait_closed()

        yield leave


WAYS = {"http": by_http, "complete": by_complete, "close": by_closing, "vanish": by_vanishing}


@asynccontextmanager
async def connection(client: Client) -> AsyncIterator[asyncio.StreamWriter]:
    """A connection to the client's server."""
    at = urlsplit(client.address)
    _, writer = await asyncio.open_connection(at.hostname, at.port)
    try:
        yield writer
    finally:
        writer.close()


def head(client: Client, length: int) -> bytes:
    """The head of a request with a body of this many bytes."""
    lines = [
        "POST /graphql HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    ]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in client.headers().items()), "", ""]).encode()
