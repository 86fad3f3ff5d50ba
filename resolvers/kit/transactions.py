"""The transactions of one caller: committed at once, or held until the response can be stored with the change."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from tortoise.transactions import in_transaction

# Callbacks that run after a commit, and after one that was cancelled: whether it has succeeded is unknown then.
AfterCommit = list[Callable[[], None]]


class Transactions:
    """Runs transactions, one after the other.

    With `hold`, a transaction that has succeeded stays open until `commit`, `roll_back` or the next
    `commit_and_begin`. Until then, only the task that holds it, and tasks which that one starts, read its changes.
    """

    def __init__(self, *, hold: bool = False) -> None:
        self.hold = hold
        self._held: AsyncExitStack | None = None
        self.changed = False

    @asynccontextmanager
    async def commit_and_begin(self, turn: AbstractAsyncContextManager[None]) -> AsyncIterator[AfterCommit]:
        """Commits the held transaction, then runs the next one. Yields the callbacks to run after its commit.

        `turn` lasts from before the transaction takes a connection until it has ended.
        """
        # Inside the held transaction, the next one would be a mere savepoint: it could not commit on its own, and the
        # organization's lock would last until both end.
        await self.commit()
        self.changed = False
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(turn)
            yield await stack.enter_async_context(_transaction())
            self.changed = True
            if self.hold:
                self._held = stack.pop_all()

    async def commit(self) -> None:
        """Commits the held transaction, if there is one."""
        held, self._held = self._held, None
        if held:
            await held.aclose()

    async def roll_back(self) -> None:
        """Rolls the held transaction back, if there is one."""
        held, self._held = self._held, None
        if held:
            await held.__aexit__(_RolledBackError, _RolledBackError(), None)


class _RolledBackError(Exception):
    """Makes a transaction roll back although nothing in it has failed."""


@asynccontextmanager
async def _transaction() -> AsyncIterator[AfterCommit]:
    callbacks: AfterCommit = []
    committing = False
    try:
        async with in_transaction():
            yield callbacks
            committing = True
    except asyncio.CancelledError:
        if committing:  # the commit ends nevertheless, and on SQLite nothing else would report this process's events
            _run(callbacks)
        raise
    _run(callbacks)


def _run(callbacks: AfterCommit) -> None:
    for callback in callbacks:
        callback()
