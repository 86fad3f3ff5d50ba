"""Subscribers that reconnect after each lost connection and resume from their last cursor."""

import asyncio
import json
import random
from contextlib import suppress
from typing import Any

from websockets import ClientConnection
from websockets.exceptions import WebSocketException

from tests.crash.facts import Told, told
from tests.support.client import Client

# Without fields of other tables: on SQLite, reading them waits for the open transaction, which would hide an event that
# is pushed before its commit.
_FOLLOW = """subscription ($after: String) { events(after: $after) { cursor kind
    ... on IntegrationEvent { id: integrationId name integrationStatus }
    ... on CredentialEvent { id: credentialId name credentialStatus }
    ... on TokenEvent { id: tokenId name } } }"""
_RETRY_SECONDS = 0.05
_PATIENCE = 20
_FOR_EVER = 10**9


class Follower:
    """Follows the log from a cursor, and records the received events in order. A fickle one sometimes disconnects."""

    def __init__(self, client: Client, start: str, fickle: random.Random | None = None) -> None:
        self._client = client
        self._cursor = start
        self._fickle = fickle
        self.told: list[Told] = []
        self.refused: list[str] = []
        self.connections = 0

    async def follow(self) -> None:
        """Follows until it is cancelled or refused."""
        while not self.refused:
            with suppress(OSError, WebSocketException):
                await self._follow_on()
            await asyncio.sleep(_RETRY_SECONDS)

    async def _follow_on(self) -> None:
        async with self._client.socket() as socket:
            self.connections += 1
            await socket.subscribe(_FOLLOW, after=self._cursor)
            try:
                await self._listen(socket.connection)
            finally:
                socket.connection.transport.abort()  # like a client that lost its network

    async def _listen(self, connection: ClientConnection) -> None:
        patience = self._fickle.randint(1, _PATIENCE) if self._fickle else _FOR_EVER
        while patience and not self.refused:
            self._take(json.loads(await connection.recv()))
            patience -= 1

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "next" and "errors" not in message["payload"]:
            self.told.append(told(message["payload"]["data"]["events"]))
            self._cursor = self.told[-1].cursor
        elif message["type"] != "complete":  # a server that stops completes its operations
            self.refused.append(str(message["payload"]))

    def reached(self, cursor: str) -> bool:
        """Whether it has received the event of this cursor, or never will because it was refused."""
        return self._cursor == cursor or bool(self.refused)
