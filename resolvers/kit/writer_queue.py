"""Queues each organization's writers before they take a database connection.

Writers of one organization wait for each other anyway, in the database, for its row's lock. If they waited there, each
would hold a connection, and one organization could occupy the pool that all organizations share.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from adapters.database import DatabaseUnavailableError, holds_connection


class WriterQueue:
    """One writer per organization and process at a time, in the order of arrival."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._locks = WeakValueDictionary[str, asyncio.Lock]()  # a lock lives while a writer holds or awaits it

    @asynccontextmanager
    async def turn(self, organization_id: str) -> AsyncIterator[None]:
        """Waits for the organization's turn; raises DatabaseUnavailableError if that takes too long.

        Inside a transaction it does not wait: that one has its connection, and may hold the turn itself.
        """
        if holds_connection():
            yield
            return
        lock = self._locks.setdefault(organization_id, asyncio.Lock())
        try:
            async with asyncio.timeout(self._seconds):
                await lock.acquire()
        except TimeoutError:
            raise DatabaseUnavailableError("Too many writers of one organization are waiting.") from None
        try:
            yield
        finally:
            lock.release()

    def __len__(self) -> int:
        """The number of organizations with writers."""
        return len(self._locks)
