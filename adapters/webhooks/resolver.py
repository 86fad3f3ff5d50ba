"""Resolves host names in threads of its own.

A name server of a customer's may never respond. asyncio resolves in the few threads that everything in the process
shares, and waits for them when it closes. These threads are more, and end with the process.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from threading import Thread

# Returns the addresses of a host; raises OSError if there are none.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_THREADS = 64


class ThreadedResolver:
    """Resolves with the system's resolver, in at most 64 threads."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_THREADS)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host, in the system's order. A lookup that the caller no longer awaits ends by itself."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[str]] = loop.create_future()
        Thread(target=self._look_up, args=(host, port, loop, future), daemon=True).start()
        return await future

    def _look_up(
        self, host: str, port: int, loop: asyncio.AbstractEventLoop, future: asyncio.Future[list[str]]
    ) -> None:
        found: list[str] | OSError
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
            found = list(dict.fromkeys(str(info[4][0]) for info in infos))
        except (OSError, UnicodeError) as error:  # a label that is empty or too long is a UnicodeError
            found = OSError(str(error))
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(self._settle, future, found)

    def _settle(self, future: asyncio.Future[list[str]], found: list[str] | OSError) -> None:
        self._free.release()
        if future.cancelled():
            return
        if isinstance(found, OSError):
            future.set_exception(found)
        else:
            future.set_result(found)
