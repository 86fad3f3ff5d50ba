"""Servers within the event loop of a test."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class _Connections:
    """Keeps the tasks of connections: asyncio itself forgets a task whose client has left, even while it works."""

    talk: Talk
    made: list[tuple[asyncio.Task[None], asyncio.StreamWriter]] = field(default_factory=list)
    ended: bool = False

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.ended:
            writer.transport.abort()
        else:
            self.made.append((asyncio.create_task(self._talk(reader, writer)), writer))

    async def end(self) -> None:
        self.ended = True
        for task, _ in self.made:
            task.cancel()
        await asyncio.gather(*(task for task, _ in self.made), return_exceptions=True)
        for _, writer in self.made:
            writer.transport.abort()
        await asyncio.sleep(0)  # so that the transports see it
        for task, _ in self.made:
            if not task.cancelled():
                task.result()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # one side has disconnected
        finally:
            writer.close()


@asynccontextmanager
async def listening(
    talk: Talk, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Runs a server until the context exits, and yields its port. A connection ends when `talk` returns.

    Connections that are open at the end are aborted. An error of `talk` is raised then, unless one side disconnected.
    """
    connections = _Connections(talk)
    server = await asyncio.start_server(connections.begin, host, port, ssl=tls)  # noqa: TID251 - with tasks of our own
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await connections.end()
