"""Work for one organization that many ask for at a time, done in one transaction: one commit for all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

AskedT = TypeVar("AskedT")
DoneT = TypeVar("DoneT")

_MOST = 100


class GroupCommit(Generic[AskedT, DoneT]):
    """What is asked for while such work is under way waits for its end, and is then done together."""

    def __init__(self, work: Callable[[Sequence[AskedT]], Awaitable[Sequence[DoneT | Exception]]]) -> None:
        """Takes what does the work, and gives for each that asked what was done, or why it was not."""
        self._work = work
        self._waiting: dict[str, list[tuple[AskedT, asyncio.Future[DoneT]]]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def submit(self, organization_id: str, asked: AskedT) -> DoneT:
        """What was done; raises what it was not done for. Who leaves meanwhile does not stop it."""
        done: asyncio.Future[DoneT] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(organization_id, []).append((asked, done))
        if organization_id not in self._running:
            self._running[organization_id] = asyncio.create_task(self._run(organization_id))
        return await done

    async def _run(self, organization_id: str) -> None:
        try:
            while waiting := self._waiting.pop(organization_id, None):
                self._waiting[organization_id] = waiting[_MOST:]
                await self._do(waiting[:_MOST])
        finally:
            del self._running[organization_id]
            for _, done in self._waiting.pop(organization_id, ()):
                done.cancel()

    async def _do(self, waiting: Sequence[tuple[AskedT, asyncio.Future[DoneT]]]) -> None:
        outcomes: Sequence[DoneT | Exception]
        try:
            outcomes = await self._work([asked for asked, _ in waiting])
        except Exception as error:  # noqa: BLE001 - whatever it is, all who wait are told
            outcomes = [error] * len(waiting)
        for (_, done), outcome in zip(waiting, outcomes, strict=True):
            if done.cancelled():
                continue
            if isinstance(outcome, Exception):
                done.set_exception(outcome)
            else:
                done.set_result(outcome)
