"""Receivers of webhooks: real servers that record requests, and respond well, badly or never."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from standardwebhooks import Webhook

from tests.support.listening import listening
from tests.support.waiting import until


@dataclass(frozen=True, slots=True)
class Received:
    """A request. `at` is the event loop's time."""

    target: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        return dict(orjson.loads(self.body))

    def verified_by(self, secret: str) -> dict[str, Any]:
        """The event, verified by Standard Webhooks' own library."""
        return dict(Webhook(secret).verify(self.body, self.headers))


Behaviour = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


def responding(status: str = "204 No Content", *headers: str, body: bytes = b"", seconds: float = 0) -> Behaviour:
    """Responds after some seconds, and leaves the connection open for the next request."""
    lines = [f"HTTP/1.1 {status}", *headers, *([] if status.startswith("204") else [f"Content-Length: {len(body)}"])]

    async def behave(_: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write("\r\n".join([*lines, "\r\n"]).encode() + body)

    return behave


def writing(*parts: bytes, then_close: bool = True) -> Behaviour:
    """Writes these bytes, whether they are HTTP or not; then closes the connection or leaves it open for ever."""

    async def behave(_: Received, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if then_close:
            writer.close()
        else:
            await asyncio.Event().wait()

    return behave


def endless(head: bytes, part: bytes, *, pause: float = 0) -> Behaviour:
    """Writes the head, and then the part again and again, until the client has enough."""

    async def behave(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return behave


hanging = writing(then_close=False)


def once(event: asyncio.Event, behaviour: Behaviour) -> Behaviour:
    """Behaves like that once the event is set."""

    async def behave(received: Received, writer: asyncio.StreamWriter) -> None:
        await event.wait()
        await behaviour(received, writer)

    return behave


@dataclass(slots=True)
class Receiver:
    """A running receiver. Tests may change its behaviour, also for single targets."""

    port: int = 0
    scheme: str = "http"
    behaviour: Behaviour = field(default_factory=responding)
    by_target: dict[str, Behaviour] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    def url(self, target: str = "/", host: str = "localhost") -> str:
        return f"{self.scheme}://{host}:{self.port}{target}"

    async def wait_for(self, number: int) -> list[Received]:
        """Returns the requests once there are so many."""
        await until(lambda: len(self.received) >= number)
        return self.received

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while not writer.is_closing():
            request = await _read(reader)
            self.received.append(request)
            await self.by_target.get(request.target, self.behaviour)(request, writer)
            await writer.drain()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    assert method == "POST"
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Received(target, headers, body, asyncio.get_running_loop().time())


@asynccontextmanager
async def running_receiver(
    behaviour: Behaviour | None = None, *, tls: ssl.SSLContext | None = None, port: int = 0, host: str = "127.0.0.1"
) -> AsyncIterator[Receiver]:
    """Runs a receiver until the context exits."""
    receiver = Receiver(scheme="https" if tls else "http", behaviour=behaviour or responding())
    async with listening(receiver.serve, host=host, port=port, tls=tls) as receiver.port:
        yield receiver
