"""Queues each organization's writers before they take a database connection.

Writers of one organization wait for each other anyway, in the database, for its row's lock. If they waited there, each
would hold a connection, and one organization could occupy the pool that all organizations share.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from adapters.database import DatabaseUnavailableError, holds_connection
from kit.turns import Turns


class WriterQueue:
    """One writer per organization and process at a time, in the order of arrival.

    `seconds` is the longest wait for a turn, and for a statement of the database.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._turns = Turns(1)

    @asynccontextmanager
    async def turn(self, organization_id: str) -> AsyncIterator[None]:
        """Waits for the organization's turn; raises DatabaseUnavailableError if that takes too long.

        Inside a transaction it does not wait: that one has its connection, and may hold the turn itself.
        """
        if holds_connection():
            yield
            return
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self.seconds):
                    await stack.enter_async_context(self._turns.turn(organization_id))
            except TimeoutError:
                raise DatabaseUnavailableError("Too many writers of one organization are waiting.") from None
            yield

    def __len__(self) -> int:
        """The number of organizations with writers."""
        return len(self._turns)
