"""The transactions of one caller: committed at once, or held until the answer can be stored along with the change."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from tortoise.transactions import in_transaction

AfterCommit = list[Callable[[], None]]


class Transactions:
    """Makes transactions, one after the other.

    With `hold`, one that has succeeded stays open until `commit`, `roll_back`, or the beginning of the next. What is
    read meanwhile has to be read by the same task, or by tasks that it starts.
    """

    def __init__(self, *, hold: bool = False) -> None:
        """Nothing has been changed yet."""
        self.hold = hold
        self._held: AsyncExitStack | None = None
        self.changed = False

    @asynccontextmanager
    async def one(self) -> AsyncIterator[AfterCommit]:
        """A transaction, and the list of what to do once it has committed."""
        await self.commit()
        self.changed = False
        async with AsyncExitStack() as stack:
            yield await stack.enter_async_context(_transaction())
            self.changed = True
            if self.hold:
                self._held = stack.pop_all()

    async def commit(self) -> None:
        """Commits what is held, if anything."""
        held, self._held = self._held, None
        if held:
            await held.aclose()

    async def roll_back(self) -> None:
        """Undoes what is held, if anything."""
        held, self._held = self._held, None
        if held:
            await held.__aexit__(_UndoneError, _UndoneError(), None)


class _UndoneError(Exception):
    """What a transaction is told that is rolled back though nothing has failed in it."""


@asynccontextmanager
async def _transaction() -> AsyncIterator[AfterCommit]:
    afterwards: AfterCommit = []
    async with in_transaction():
        yield afterwards
    for work in afterwards:
        work()
