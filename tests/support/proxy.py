"""A TCP proxy between a server and its PostgreSQL, which can interrupt the connection."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from urllib.parse import urlsplit

from tests.support.listening import listening

_CHUNK = 65_536


class Proxy:
    """Forwards connections to a local port, in a separate thread."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._passable = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._listening = AsyncExitStack()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def start(self) -> None:
        """Starts listening."""
        self._passable.set()
        self._thread.start()
        opening = self._listening.enter_async_context(listening(self._serve))
        self.port = asyncio.run_coroutine_threadsafe(opening, self._loop).result()

    def cut(self) -> None:
        """Accepts connections but forwards no data."""
        self._do(self._passable.clear)

    def mend(self) -> None:
        """Forwards delayed and new data."""
        self._do(self._passable.set)

    def drop(self) -> None:
        """Closes all connections; delayed data is lost."""
        self._do(self._abort)

    def move(self, port: int) -> None:
        """Forwards new connections to another port, like an address that moves. Open connections stay."""
        self._target = port

    def stop(self) -> None:
        """Stops the proxy."""
        asyncio.run_coroutine_threadsafe(self._listening.aclose(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def url(self, url: str) -> str:
        """Returns the URL of a database through the proxy."""
        parts = urlsplit(url)
        assert parts.port == self._target
        return parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{self.port}").geturl()

    def _do(self, work: Callable[[], None]) -> None:
        """Runs a function in the loop's thread and waits for it."""

        async def done() -> None:
            work()

        asyncio.run_coroutine_threadsafe(done(), self._loop).result()

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passable.wait()
        upstream, downstream = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(self._pump(reader, downstream), self._pump(upstream, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while data := await reader.read(_CHUNK):
                await self._passable.wait()
                writer.write(data)
                await writer.drain()
        finally:
            self._writers.discard(writer)
            writer.close()


@contextmanager
def running_proxy(url: str) -> Iterator[Proxy]:
    """Runs a proxy to the server of a URL until the context exits."""
    port = urlsplit(url).port
    assert port
    proxy = Proxy(port)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
