"""A proxy in front of Stripe that can hold calls until a test releases them."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.listening import listening
from tests.support.ports import own_port
from tests.support.waiting import until

_PERSISTENT = re.compile(rb"\r\nconnection:[^\r]*", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Hold:
    """Calls to one path that wait until they are released: before they are forwarded, or `answered` by upstream."""

    path: str
    answered: bool = False
    waiting: int = 0
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def arrival(self, count: int = 1) -> None:
        """Waits until this many calls have arrived."""
        await until(lambda: self.waiting >= count)

    def open(self) -> None:
        """Releases held and later calls."""
        self.opened.set()


@dataclass(slots=True)
class Gate:
    """Forwards HTTP to `upstream`, a server's address."""

    address: str
    upstream: str
    forwarded: list[str] = field(default_factory=list)  # request lines
    _hold: Hold | None = None

    @property
    def settings(self) -> dict[str, str]:
        """Returns settings that make a server its own Stripe, behind the gate."""
        return {"PORT": str(urlsplit(self.upstream).port), "STRIPE_API_BASE": f"{self.address}/sandbox"}

    @contextmanager
    def holding(self, path: str, *, answered: bool = False) -> Iterator[Hold]:
        """Holds calls to a path within the context."""
        self._hold = hold = Hold(path, answered)
        try:
            yield hold
        finally:
            self._hold = None
            hold.open()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forwards one request and its response."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        await self._wait(head, answered=False)
        self.forwarded.append(head.partition(b"\r\n")[0].decode())
        answer = await self._answer(_closing(head) + body)
        await self._wait(head, answered=True)
        writer.write(answer)
        await writer.drain()

    async def _wait(self, head: bytes, *, answered: bool) -> None:
        hold = self._hold
        if hold is not None and hold.answered is answered and hold.path.encode() in head.partition(b"\r\n")[0]:
            hold.waiting += 1
            await hold.opened.wait()

    async def _answer(self, request: bytes) -> bytes:
        at = urlsplit(self.upstream)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        try:
            writer.write(request)
            return await reader.read(-1)
        finally:
            writer.close()


def _closing(head: bytes) -> bytes:
    return _PERSISTENT.sub(b"", head).replace(b"\r\n", b"\r\nConnection: close\r\n", 1)


@asynccontextmanager
async def open_gate(upstream: str | None = None) -> AsyncIterator[Gate]:
    """Runs a gate in this process until the context exits, by default for a server that starts later."""
    port = own_port()
    gate = Gate(f"http://127.0.0.1:{port}", upstream or f"http://127.0.0.1:{own_port()}")
    async with listening(gate.serve, port=port):
        yield gate
