"""Bounds the calls that a process makes at a time, so that slow receivers do not hold up fast ones.

Each endpoint that is served takes a fast slot. A call that lasts takes a slow one instead, as long as one is free.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_FAST, _SLOW = 32, 64
_PATIENCE_SECONDS = 1.0


class Slots:
    """`freed` is called when a fast slot becomes free."""

    def __init__(self, freed: Callable[[], None], *, fast: int = _FAST, slow: int = _SLOW) -> None:
        self.free = fast
        self._slow = slow
        self._freed = freed

    def take(self) -> "Slot":
        """Takes a fast slot; `free` must be positive."""
        self.free -= 1
        return Slot(self)

    def slow_down(self) -> bool:
        """Exchanges a fast slot for a slow one, if there is one."""
        if not self._slow:
            return False
        self._slow -= 1
        self._give_back_fast()
        return True

    def give_back(self, *, slow: bool) -> None:
        if slow:
            self._slow += 1
        else:
            self._give_back_fast()

    def _give_back_fast(self) -> None:
        self.free += 1
        self._freed()


class Slot:
    """The slot of an endpoint. Once it is slow it stays so, because the receiver is."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._is_slow = False

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Surrounds a call."""
        timer = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, self._slow_down)
        try:
            yield
        finally:
            timer.cancel()

    def give_back(self) -> None:
        self._slots.give_back(slow=self._is_slow)

    def _slow_down(self) -> None:
        self._is_slow = self._is_slow or self._slots.slow_down()
