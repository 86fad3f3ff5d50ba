"""Queues each organization's writers before they take a database connection.

Writers of one organization wait for each other anyway, in the database, for its row's lock. If they waited there, each
would hold a connection, and one organization could occupy the pool that all organizations share.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from adapters.database import DatabaseUnavailableError, holds_connection


class WriterQueue:
    """One writer per organization and process at a time, in the order of arrival."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._locks: dict[str, asyncio.Lock] = {}
        self._writers = Counter[str]()  # those that hold a lock or await it

    @asynccontextmanager
    async def turn(self, organization_id: str) -> AsyncIterator[None]:
        """Waits for the organization's turn; raises DatabaseUnavailableError if that takes too long.

        Inside a transaction it does not wait: that one has its connection, and may hold the turn itself.
        """
        if holds_connection():
            yield
            return
        with self._lock_of(organization_id) as lock:
            try:
                async with asyncio.timeout(self._seconds):
                    await lock.acquire()
            except TimeoutError:
                raise DatabaseUnavailableError("Too many writers of one organization are waiting.") from None
            try:
                yield
            finally:
                lock.release()

    @contextmanager
    def _lock_of(self, organization_id: str) -> Iterator[asyncio.Lock]:
        """The organization's lock, which exists while it has writers."""
        lock = self._locks.setdefault(organization_id, asyncio.Lock())
        self._writers[organization_id] += 1
        try:
            yield lock
        finally:
            self._writers[organization_id] -= 1
            if not self._writers[organization_id]:
                del self._writers[organization_id], self._locks[organization_id]

    def __len__(self) -> int:
        """The number of organizations with writers."""
        return len(self._locks)
