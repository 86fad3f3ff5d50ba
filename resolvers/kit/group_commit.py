"""Group commit: concurrent requests with the same key, such as an organization's, share one run of work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from kit.shared_tasks import start_shared

RequestT = TypeVar("RequestT")
ResultT = TypeVar("ResultT")


class GroupCommit(Generic[RequestT, ResultT]):
    """Runs one batch per key at a time. Requests that arrive while a batch is running form the next batch.

    `work` returns for each request its result, or the exception to raise. It gets `most` requests at a time, and begins
    `delay` seconds after the first, for more to come, as PostgreSQL's commit_delay does.
    """

    def __init__(
        self,
        work: Callable[[Sequence[RequestT]], Awaitable[Sequence[ResultT | Exception]]],
        *,
        most: int = 100,
        delay: float = 0,
    ) -> None:
        self._work = work
        self._most = most
        self._delay = delay
        self._waiting: dict[str, list[tuple[RequestT, asyncio.Future[ResultT]]]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def awaits(self, key: str) -> bool:
        """Whether a request would join others."""
        return bool(self._waiting.get(key))

    async def submit(self, key: str, request: RequestT) -> ResultT:
        """Returns the request's result, or raises its exception. Cancelling a caller does not stop the batch."""
        future: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append((request, future))
        if key not in self._running:
            self._running[key] = start_shared(self._run(key))
        return await future

    async def _run(self, key: str) -> None:
        try:
            while self._waiting.get(key):
                await asyncio.sleep(self._delay)
                waiting = self._waiting.pop(key)
                self._waiting[key] = waiting[self._most :]
                await self._run_batch(waiting[: self._most])
        finally:
            del self._running[key]
            for _, future in self._waiting.pop(key, ()):
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
