"""Event streams over real HTTP, as text: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.client import Client
from tests.support.plain import plain_client
from tests.support.secrecy import show
from tests.support.waiting import PATIENCE

EVENTS = {"Accept": "text/event-stream"}


@dataclass(slots=True)
class Block:
    """The lines between two empty lines. Without data it is not an event, but its id applies."""

    fields: dict[str, str] = field(default_factory=dict)
    comment: bool = False

    @property
    def id(self) -> str | None:
        """The cursor."""
        return self.fields.get("id")

    @property
    def event(self) -> str | None:
        """`next` or `complete`."""
        return self.fields.get("event")

    @property
    def data(self) -> Any:  # noqa: ANN401 - JSON
        """A GraphQL response."""
        return json.loads(self.fields["data"])


class Stream:
    """The event stream of a response."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def block(self, seconds: float = PATIENCE) -> Block | None:
        """Returns the next block; None at the end."""
        async with asyncio.timeout(seconds):
            block = Block()
            async for line in self._lines:
                show(line)
                if not line:
                    return block
                name, _, value = line.partition(":")
                block.fields[name] = value.removeprefix(" ")
                block.comment = block.comment or not name
            return None

    async def began(self) -> str:
        """Returns the initial cursor, which the server sends before the first event."""
        while (block := await self.block()) and not block.id:
            assert not block.event, block
        assert block
        assert block.id
        return block.id

    async def event(self, seconds: float = PATIENCE) -> Block:
        """Returns the next event."""
        while (block := await self.block(seconds)) and not block.event:
            pass
        assert block, "the stream has ended"
        return block


@asynccontextmanager
async def streaming(
    client: Client, document: str, *, method: str = "POST", headers: dict[str, str] | None = None, **variables: object
) -> AsyncIterator[Stream]:
    """Opens the stream of an operation."""
    headers = client.headers() | EVENTS | (headers or {})
    asked: dict[str, Any] = {"json": {"query": document, "variables": variables}}
    if method == "GET":
        asked = {"params": {"query": document, "variables": json.dumps(variables)}}
    async with (
        plain_client() as http,
        http.stream(method, f"{client.address}/graphql", headers=headers, **asked) as response,
    ):
        assert response.status_code == 200, await response.aread()
        yield Stream(response)
