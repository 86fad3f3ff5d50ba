"""GraphQL clients over real HTTP and real WebSockets."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import websockets

from tests.support.plain import plain_client
from tests.support.secrecy import show
from tests.support.waiting import PATIENCE

# The responses of these operations contain a secret intentionally.
_REVEALING = ("revealSecret", "issueToken", "beginStripeAuth", "createWebhookEndpoint", "rotateWebhookSecret")


@dataclass(frozen=True, slots=True)
class Client:
    """A client with one token, or with none."""

    address: str
    token: str | None = None

    async def post(self, document: str, **variables: Any) -> httpx.Response:
        """Sends an operation and returns the whole response."""
        return await self.send(json={"query": document, "variables": variables})

    async def send(self, **request: Any) -> httpx.Response:
        """Sends any POST."""
        headers = self.headers() | request.pop("headers", {})
        async with plain_client() as http:
            response = await http.post(f"{self.address}/graphql", headers=headers, **request)
        if not any(name in str(request.get("json")) for name in _REVEALING):
            show(response.text)
        return response

    async def execute(self, document: str, **variables: Any) -> dict[str, Any]:
        """Returns the data of an operation; fails on errors."""
        answer = (await self.post(document, **variables)).json()
        assert "errors" not in answer, answer
        return dict(answer["data"])

    async def result(self, document: str, **variables: Any) -> dict[str, Any]:
        """Returns the only field of an operation; fails on errors."""
        (result,) = (await self.execute(document, **variables)).values()
        return dict(result)

    async def error(self, document: str, **variables: Any) -> dict[str, Any]:
        """Returns the only error of an operation."""
        answer = (await self.post(document, **variables)).json()
        (error,) = answer["errors"]
        return dict(error)

    def headers(self) -> dict[str, str]:
        """Returns the authorization header."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @asynccontextmanager
    async def socket(self, init: object = None, headers: dict[str, str] | None = None) -> AsyncIterator["Socket"]:
        """Opens a graphql-transport-ws socket, authenticated by connection_init."""
        url = self.address.replace("http", "ws", 1) + "/graphql"
        async with websockets.connect(
            url,
            subprotocols=[websockets.Subprotocol("graphql-transport-ws")],
            additional_headers=headers,
            open_timeout=PATIENCE,
            ping_timeout=PATIENCE,
        ) as connection:
            socket = Socket(connection)
            await socket.send({"type": "connection_init", "payload": self.headers() if init is None else init})
            assert await socket.receive() == {"type": "connection_ack"}
            yield socket


class Socket:
    """One connection of graphql-transport-ws. Tests with several operations at once use several sockets."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self.connection = connection
        self._ids = itertools.count(1)

    async def send(self, message: object) -> None:
        """Sends one message."""
        await self.connection.send(json.dumps(message))

    async def receive(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next message."""
        text = await asyncio.wait_for(self.connection.recv(), seconds)
        assert isinstance(text, str), "the protocol has text frames only"
        show(text)
        return dict(json.loads(text))

    async def subscribe(self, document: str, **variables: Any) -> str:
        """Starts an operation and returns its id."""
        id_ = str(next(self._ids))
        await self.send({"id": id_, "type": "subscribe", "payload": {"query": document, "variables": variables}})
        return id_

    async def next(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """Returns the data of the next message, which must be a `next` without errors."""
        message = await self.receive(seconds)
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return dict(message["payload"]["data"])
