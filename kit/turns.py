"""Bounds how many pieces of work of one kind run at a time for each key; the others wait in order."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class _Queue:
    semaphore: asyncio.Semaphore
    users: int = 0


class Turns:
    """At most `most` at a time for each key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._queues: dict[Hashable, _Queue] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Waits for a turn, and ends it when the context exits."""
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue(asyncio.Semaphore(self._most))
        queue.users += 1
        try:
            async with queue.semaphore:
                yield
        finally:
            queue.users -= 1
            if not queue.users:
                del self._queues[key]

    def __len__(self) -> int:
        """The number of keys with work that runs or waits."""
        return len(self._queues)
