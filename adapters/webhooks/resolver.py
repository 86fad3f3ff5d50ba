"""Resolves host names in threads of its own.

A name server of a customer's may never respond, and nothing ends a lookup but itself. asyncio resolves in the few
threads that everything in the process shares, and waits for them when it closes. These threads are more, and end with
the process. An organization has few of them, so that some with such name servers do not take all.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from contextvars import ContextVar
from functools import partial
from threading import Thread
from weakref import WeakValueDictionary

from kit.shared_tasks import start_shared

# Returns the addresses of a host; raises OSError if there are none.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# The organization that lookups count for.
LOOKUPS_FOR: ContextVar[str] = ContextVar("lookups_for", default="")
_THREADS, _THREADS_EACH = 128, 4


class ResolverBusyError(Exception):
    """No thread was free for a lookup: the state of this server, not of the host."""


class ThreadedResolver:
    """Resolves with the system's resolver. A lookup waits for a thread for at most `patience` seconds."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._free = asyncio.Semaphore(_THREADS)
        self._free_of = WeakValueDictionary[str, asyncio.Semaphore]()  # by organization
        self._lookups = dict[tuple[str, str], asyncio.Task[list[str]]]()  # by organization and host

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host, in the system's order. Raises OSError or ResolverBusyError.

        All who ask for a host share a lookup. One that nobody awaits any more ends by itself.
        """
        key = LOOKUPS_FOR.get(), host
        lookup = self._lookups.get(key)
        if lookup is None:
            lookup = self._lookups[key] = start_shared(self._look_up(*key, port))
            lookup.add_done_callback(partial(self._forget, key))
        return await asyncio.shield(lookup)

    async def _look_up(self, organization: str, host: str, port: int) -> list[str]:
        own = self._free_of.setdefault(organization, asyncio.Semaphore(_THREADS_EACH))
        async with AsyncExitStack() as thread:
            try:
                async with asyncio.timeout(self._patience):
                    for free in (own, self._free):
                        await thread.enter_async_context(free)
            except TimeoutError:
                raise ResolverBusyError from None
            return await _in_thread(host, port)

    def _forget(self, key: tuple[str, str], lookup: asyncio.Task[list[str]]) -> None:
        del self._lookups[key]
        if not lookup.cancelled():
            lookup.exception()  # asyncio logs exceptions that nobody reads


async def _in_thread(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[str]] = loop.create_future()
    try:
        Thread(target=_resolve, args=(host, port, loop, future), daemon=True).start()
    except RuntimeError:  # the system allows no more threads
        raise ResolverBusyError from None
    return await future


def _resolve(host: str, port: int, loop: asyncio.AbstractEventLoop, future: asyncio.Future[list[str]]) -> None:
    found: list[str] | OSError
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = list(dict.fromkeys(str(info[4][0]) for info in infos))
    except (OSError, UnicodeError) as error:  # a label that is empty or too long is a UnicodeError
        found = OSError(str(error))
    with suppress(RuntimeError):  # the loop is closed
        loop.call_soon_threadsafe(_settle, future, found)


def _settle(future: asyncio.Future[list[str]], found: list[str] | OSError) -> None:
    if future.cancelled():
        return
    if isinstance(found, OSError):
        future.set_exception(found)
    else:
        future.set_result(found)
