"""Results that followers of an event share: each is computed once for all equal requests."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from kit.shared_tasks import start_shared

_MAX_BYTES = 4 * 1024 * 1024
_OVERHEAD_BYTES = 1024
# The maximum age of data that changes without an event, such as a token's last use.
_MAX_AGE_SECONDS = 1.0


class Made(Protocol):
    """A result computed from an event."""

    size: int | None
    """Its size in bytes; None if it must not be cached, so that the next request computes it again."""


MadeT = TypeVar("MadeT", bound=Made)


@dataclass(slots=True)
class _Entry:
    made: asyncio.Future[Made]
    seen: int
    until: float
    size: int = 0


class SharedResults:
    """Caches the latest results, up to a number of bytes, for as long as they are current."""

    __slots__ = ("_bytes", "_entries")

    def __init__(self) -> None:
        self._entries: dict[Hashable, _Entry] = {}
        self._bytes = 0

    def get_or_start(
        self, key: Hashable, seen: int, make: Callable[[], Coroutine[Any, Any, MadeT] | MadeT]
    ) -> Awaitable[MadeT] | MadeT:
        """Returns a recent result of a request that had seen at least as much of the log, or starts `make`.

        The computation belongs to no caller, so cancelling one waiter never affects the others.
        """
        now = time.monotonic()
        entry = self._entries.get(key)
        if entry is None or entry.seen < seen or entry.until < now:
            self._forget(key)
            self._forget_before(now)
            entry = self._entries[key] = _Entry(_future(make), seen, now + _MAX_AGE_SECONDS)
            entry.made.add_done_callback(partial(self._weigh, key, entry))
        made: asyncio.Future[MadeT] = entry.made  # type: ignore[assignment]
        return made.result() if made.done() else asyncio.shield(made)

    def _weigh(self, key: Hashable, entry: _Entry, made: asyncio.Future[Made]) -> None:
        if self._entries.get(key) is not entry:
            return
        size = None if made.cancelled() or made.exception() else made.result().size
        if size is None:
            self._forget(key)
            return
        entry.size = size + _OVERHEAD_BYTES
        self._bytes += entry.size
        while self._bytes > _MAX_BYTES:
            self._forget(next(iter(self._entries)))

    def _forget_before(self, now: float) -> None:
        """Drops expired results. The dictionary is in order of insertion, so they come first."""
        while self._entries and next(iter(self._entries.values())).until < now:
            self._forget(next(iter(self._entries)))

    def _forget(self, key: Hashable) -> None:
        if entry := self._entries.pop(key, None):
            self._bytes -= entry.size


def _future(make: Callable[[], Coroutine[Any, Any, Made] | Made]) -> asyncio.Future[Made]:
    """Starts `make`; its result is there at once, or comes from a task of its own."""
    made = make()
    if isinstance(made, Coroutine):
        return start_shared(made)
    future = asyncio.get_running_loop().create_future()
    future.set_result(made)
    return future
