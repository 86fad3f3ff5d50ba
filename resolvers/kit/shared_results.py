"""What followers make of events, made once for all who are to be given the same."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

_MOST_BYTES = 4 * 1024 * 1024
_OVERHEAD_BYTES = 1024
# What changes without an event, as the time at which a token was last used, is no older than this.
_SECONDS = 1.0


class Made(Protocol):
    """Something made of an event."""

    size: int | None
    """How many bytes it takes; None if whoever comes next had better try again."""


MadeT = TypeVar("MadeT", bound=Made)


@dataclass(slots=True)
class _Kept:
    made: asyncio.Future[Made]
    seen: int
    until: float
    size: int = 0


class SharedResults:
    """Keeps what was made last, up to so many bytes, as long as it is what would be made again."""

    def __init__(self) -> None:
        """Nothing is made."""
        self._kept: dict[Hashable, _Kept] = {}
        self._bytes = 0

    def get_or_start(
        self, key: Hashable, seen: int, make: Callable[[], Awaitable[MadeT] | MadeT]
    ) -> Awaitable[MadeT] | MadeT:
        """What `make` makes; or has made for somebody who had seen as much of the log, and a moment ago.

        It belongs to nobody: whoever waits for it may leave, and the others get it.
        """
        now = time.monotonic()
        kept = self._kept.get(key)
        if kept is None or kept.seen < seen or kept.until < now:
            self._forget(key)
            self._forget_before(now)
            kept = self._kept[key] = _Kept(_future(make), seen, now + _SECONDS)
            kept.made.add_done_callback(partial(self._weigh, key, kept))
        made: asyncio.Future[MadeT] = kept.made  # type: ignore[assignment]
        return made.result() if made.done() else asyncio.shield(made)

    def _weigh(self, key: Hashable, kept: _Kept, made: asyncio.Future[Made]) -> None:
        if self._kept.get(key) is not kept:
            return
        size = None if made.cancelled() or made.exception() else made.result().size
        if size is None:
            self._forget(key)
            return
        kept.size = size + _OVERHEAD_BYTES
        self._bytes += kept.size
        while self._bytes > _MOST_BYTES:
            self._forget(next(iter(self._kept)))

    def _forget_before(self, now: float) -> None:
        """Forgets what is too old: those are first that were made first."""
        while self._kept and next(iter(self._kept.values())).until < now:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: Hashable) -> None:
        if kept := self._kept.pop(key, None):
            self._bytes -= kept.size


def _future(make: Callable[[], Awaitable[Made] | Made]) -> asyncio.Future[Made]:
    """What is made, now or in a task of its own."""
    made = make()
    if isinstance(made, Awaitable):
        return asyncio.ensure_future(made)
    future = asyncio.get_running_loop().create_future()
    future.set_result(made)
    return future
