"""Look-ups of single keys, batched into one query as in graphql/dataloader, but without its cache.

Strawberry's DataLoader cannot replace it: if its only caller is cancelled before the batch is dispatched, all later
callers wait forever.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from kit.shared_tasks import start_shared

# Requests of many connections that come together reach a look-up some turns apart.
TURNS = 5

KeyT = TypeVar("KeyT")
FoundT = TypeVar("FoundT")


@dataclass(slots=True)
class _Batch(Generic[KeyT, FoundT]):
    task: asyncio.Task[Mapping[KeyT, FoundT]]
    keys: set[KeyT] = field(default_factory=set)
    callers: int = 0


class BatchLoader(Generic[KeyT, FoundT]):
    """Looks up all keys that are requested within `TURNS` turns of the event loop in one query.

    The query runs in a task of its own, so it survives the cancellation of a caller. Cancelling the last caller cancels
    it. `look_up` returns the values of those keys that have one.
    """

    def __init__(self, look_up: Callable[[Collection[KeyT]], Awaitable[Mapping[KeyT, FoundT]]]) -> None:
        self._look_up = look_up
        self._next: _Batch[KeyT, FoundT] | None = None
        self._abandoned: set[asyncio.Task[Mapping[KeyT, FoundT]]] = set()

    async def load(self, key: KeyT) -> FoundT | None:
        """Returns the key's value, read after this call, or None; raises the exceptions of the look-up."""
        if self._next is None:
            self._next = _Batch(start_shared(self._run()))
        batch = self._next
        batch.keys.add(key)
        batch.callers += 1
        try:
            return (await asyncio.shield(batch.task)).get(key)
        finally:
            batch.callers -= 1
            if not batch.callers and not batch.task.done():
                self._abandon(batch)

    async def _run(self) -> Mapping[KeyT, FoundT]:
        for _ in range(TURNS - 1):
            await asyncio.sleep(0)  # callers that are ready by then join the batch
        batch, self._next = self._next, None
        return await self._look_up(batch.keys if batch else ())

    def _abandon(self, batch: _Batch[KeyT, FoundT]) -> None:
        if self._next is batch:
            self._next = None
        self._abandoned.add(batch.task)  # the event loop has only a weak reference
        batch.task.add_done_callback(self._abandoned.discard)
        batch.task.add_done_callback(_retrieve)
        batch.task.cancel()


def _retrieve(task: asyncio.Task[Mapping[KeyT, FoundT]]) -> None:
    """Marks the exception as retrieved: asyncio would log it, because no caller waits for it."""
    if not task.cancelled():
        task.exception()
