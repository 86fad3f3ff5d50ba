"""The server with a fault that the crash test has to find: `python -m tests.crash.faulty_server FAULT`.

A fault replaces a part of the product in this process only. It adds a delay during which the kill can happen.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

from tortoise.transactions import in_transaction

import server
from kit.secret import Secret
from models import Event, Organization
from resolvers.events import tail
from resolvers.events.read import LogOrder
from resolvers.events.unit_of_work import Log
from resolvers.idempotency import Attempt
from resolvers.kit import transactions
from resolvers.kit.transactions import AfterCommit
from settings import read_settings

_MOMENT = 0.3
_LONG_MOMENT = 1.0  # for what comes after a subscriber has been told, when the kill comes
_tails: list[tail.Tails] = []


def _notify(organization_id: str) -> None:
    """Notifies this process's subscribers, whatever the transaction does."""
    for tails in _tails:
        tails._notified(organization_id)  # noqa: SLF001 - a fault replaces private parts


def _note_tails() -> None:
    begin = tail.Tails.__init__

    def noted(self: tail.Tails, *arguments: Any) -> None:
        begin(self, *arguments)
        _tails.append(self)

    tail.Tails.__init__ = noted  # type: ignore[assignment]


class Announcements:
    """The events that this process has written, pushed to subscribers before they are committed."""

    def __init__(self) -> None:
        self._events: defaultdict[str, list[Event]] = defaultdict(list)
        self._append, self._read = Log.append, tail.read_events

    async def append(self, log: Log, organization: Organization) -> int:
        """Log.append, but notifies subscribers immediately."""
        appended = await self._append(log, organization)
        self._events[organization.id] += log._events  # noqa: SLF001 - a fault replaces private parts
        _notify(organization.id)
        await asyncio.sleep(_MOMENT)
        return appended

    async def read(self, organization_id: str, after: int) -> list[Event]:
        """read_events, but including uncommitted events."""
        events = self._events[organization_id]
        if events and events[0].position <= after + 1:
            return [event for event in events if event.position > after]
        return await self._read(organization_id, after)


def announce_before_the_commit() -> None:
    """Subscribers receive events that may still be rolled back."""
    announcements = Announcements()

    async def append(self: Log, organization: Organization) -> int:
        return await announcements.append(self, organization)

    Log.append = append  # type: ignore[method-assign]
    tail.read_events = announcements.read  # type: ignore[assignment]


def resume_too_early() -> None:
    """Subscribers that resume receive their last event again."""
    _shift_resuming(-1)


def resume_too_late() -> None:
    """Subscribers that resume miss their next event."""
    _shift_resuming(1)


def _shift_resuming(places: int) -> None:
    decode = LogOrder.decode

    def shifted(self: LogOrder, cursor: str) -> tuple[int]:
        (position,) = decode(self, cursor)
        return (position + places if position else 0,)

    LogOrder.decode = shifted  # type: ignore[method-assign]


def append_after_the_commit() -> None:
    """Rows are committed before their events."""
    append, make = Log.append, transactions._transaction  # noqa: SLF001
    late: ContextVar[list[tuple[Log, str]]] = ContextVar("late")

    async def postpone(self: Log, organization: Organization) -> int:
        late.get().append((self, organization.id))
        return False

    @asynccontextmanager
    async def transaction() -> AsyncIterator[AfterCommit]:
        postponed: list[tuple[Log, str]] = []
        async with make() as afterwards:
            late.set(postponed)
            yield afterwards
        for log, organization_id in postponed:
            await asyncio.sleep(_LONG_MOMENT)
            async with in_transaction():
                mine = Organization.filter(id=organization_id)
                await append(log, await mine.select_for_update(no_key=True).get())
            _notify(organization_id)

    Log.append = postpone  # type: ignore[method-assign]
    transactions._transaction = transaction  # noqa: SLF001


def keep_the_answer_after_the_commit() -> None:
    """Changes are committed before the stored responses to their Idempotency-Keys."""
    keep = Attempt.keep

    async def keep_later(self: Attempt, answer: Secret) -> None:
        await self._context.transactions.commit()
        await asyncio.sleep(_MOMENT)
        await keep(self, answer)

    Attempt.keep = keep_later  # type: ignore[method-assign]


FAULTS: dict[str, Callable[[], None]] = {
    fault.__name__: fault
    for fault in (
        announce_before_the_commit,
        resume_too_early,
        resume_too_late,
        append_after_the_commit,
        keep_the_answer_after_the_commit,
    )
}

if __name__ == "__main__":
    _note_tails()
    FAULTS[sys.argv[1]]()
    server.serve(read_settings())
