"""Subscribers that go on from their own last cursor whenever their connection is lost."""

import asyncio
import json
import random
from contextlib import suppress
from typing import Any

from websockets import ClientConnection
from websockets.exceptions import WebSocketException

from tests.crash.facts import Told, told
from tests.support.client import Client

# Without fields that are read from other tables: on SQLite they would wait for the transaction that is under way, and
# nobody could see what is told too early.
_FOLLOW = """subscription ($after: String) { events(after: $after) { cursor kind
    ... on IntegrationEvent { id: integrationId name integrationStatus }
    ... on CredentialEvent { id: credentialId name credentialStatus }
    ... on TokenEvent { id: tokenId name } } }"""
_RETRY_SECONDS = 0.05
_PATIENCE = 20
_FOR_EVER = 10**9


class Follower:
    """Follows the log, and keeps what it was told, in the order in which it was."""

    def __init__(self, client: Client, start: str, fickle: random.Random | None = None) -> None:
        """Begins after a cursor. One that is fickle drops its connection now and then."""
        self._client = client
        self._cursor = start
        self._fickle = fickle
        self.told: list[Told] = []
        self.refused: list[str] = []
        self.connections = 0

    async def follow(self) -> None:
        """Follows until cancelled, or until the server does not want it to go on."""
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
                socket.connection.transport.abort()  # as a client whose network is gone

    async def _listen(self, connection: ClientConnection) -> None:
        patience = self._fickle.randint(1, _PATIENCE) if self._fickle else _FOR_EVER
        while patience and not self.refused:
            self._take(json.loads(await connection.recv()))
            patience -= 1

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "next" and "errors" not in message["payload"]:
            self.told.append(told(message["payload"]["data"]["events"]))
            self._cursor = self.told[-1].cursor
        elif message["type"] != "complete":  # with that a server that stops says goodbye
            self.refused.append(str(message["payload"]))

    def reached(self, cursor: str) -> bool:
        """Whether there is nothing to wait for before this place."""
        return self._cursor == cursor or bool(self.refused)
