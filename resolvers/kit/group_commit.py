"""Group commit: concurrent requests of one organization share a transaction, and so one commit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from kit.shared_tasks import start_shared

RequestT = TypeVar("RequestT")
ResultT = TypeVar("ResultT")

_MAX_BATCH = 100


class GroupCommit(Generic[RequestT, ResultT]):
    """Runs one batch per organization at a time. Requests that arrive while a batch is running form the next batch.

    `work` returns for each request its result, or the exception to raise.
    """

    def __init__(self, work: Callable[[Sequence[RequestT]], Awaitable[Sequence[ResultT | Exception]]]) -> None:
        self._work = work
        self._waiting: dict[str, list[tuple[RequestT, asyncio.Future[ResultT]]]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    async def submit(self, organization_id: str, request: RequestT) -> ResultT:
        """Returns the request's result, or raises its exception. Cancelling a caller does not stop the batch."""
        future: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(organization_id, []).append((request, future))
        if organization_id not in self._running:
            self._running[organization_id] = start_shared(self._run(organization_id))
        return await future

    async def _run(self, organization_id: str) -> None:
        try:
            while waiting := self._waiting.pop(organization_id, None):
                self._waiting[organization_id] = waiting[_MAX_BATCH:]
                await self._run_batch(waiting[:_MAX_BATCH])
        finally:
            del self._running[organization_id]
            for _, future in self._waiting.pop(organization_id, ()):
                future.cancel()

    async def _run_batch(self, waiting: Sequence[tuple[RequestT, asyncio.Future[ResultT]]]) -> None:
        outcomes: Sequence[ResultT | Exception]
        try:
            outcomes = await self._work([request for request, _ in waiting])
        except Exception as error:  # noqa: BLE001 - whatever it is, every waiting request raises it
            outcomes = [error] * len(waiting)
        for (_, future), outcome in zip(waiting, outcomes, strict=True):
            if future.cancelled():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
