"""Look-ups that come at the same moment, made by one query.

Not by Strawberry's DataLoader: one that is cancelled as it begins is waited for by all who come later, for ever.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT")
FoundT = TypeVar("FoundT")


class BatchLoader(Generic[KeyT, FoundT]):
    """Nobody owns a query: whoever leaves while it is under way takes it from nobody else."""

    def __init__(self, look_up: Callable[[Collection[KeyT]], Awaitable[Mapping[KeyT, FoundT]]]) -> None:
        """Takes what looks up many keys, and gives what is found."""
        self._look_up = look_up
        self._coming: set[KeyT] = set()
        self._next: asyncio.Task[Mapping[KeyT, FoundT]] | None = None
        self._running: set[asyncio.Task[Mapping[KeyT, FoundT]]] = set()

    async def load(self, key: KeyT) -> FoundT | None:
        """What there is by this key at some moment from now on; raises what the look-up raises."""
        if self._next is None:
            self._next = asyncio.create_task(self._run())
            self._running.add(self._next)
            self._next.add_done_callback(self._ended)
        self._coming.add(key)
        return (await asyncio.shield(self._next)).get(key)

    async def _run(self) -> Mapping[KeyT, FoundT]:
        await asyncio.sleep(0)  # whoever is ready comes along
        keys, self._coming, self._next = self._coming, set(), None
        return await self._look_up(keys)

    def _ended(self, task: asyncio.Task[Mapping[KeyT, FoundT]]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # those who still wait are told
