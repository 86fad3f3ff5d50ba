"""Appending to the log, and reading on in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from models import ApiToken, Credential, Event, EventKind, Integration, Organization
from resolvers.context import Context, Viewer


class Log:
    """The events of one transaction, in the order in which they are added."""

    def __init__(self, viewer: Viewer, now: datetime) -> None:
        """Takes who changes, and when."""
        self._viewer = viewer
        self.now = now
        self._events: list[Event] = []

    def add(
        self,
        kind: EventKind,
        subject: Integration | Credential | ApiToken,
        *,
        before: str | None = None,
        after: str | None = None,
        reason: str | None = None,
        author: Viewer | None = None,
    ) -> None:
        """Notes what happened to `subject`, whose status was `before` and is `after`, where it has one.

        `author` is who did it, where several do something in one transaction.
        """
        self._events.append(
            Event(
                kind=kind,
                subject=subject.id,
                name=subject.name,
                previous_status=before,
                status=after,
                reason=reason,
                actor=(author or self._viewer).name,
                organization_id=self._viewer.organization.id,
                occurred_at=self.now,
            )
        )

    async def append(self, organization: Organization) -> int:
        """Writes the events at the end of the locked organization's log; returns how many there are."""
        if not self._events:
            return 0
        for position, event in enumerate(self._events, start=organization.position + 1):
            event.position = position
        await Organization.filter(id=organization.id).update(position=self._events[-1].position)
        await Event.bulk_create(self._events)
        return len(self._events)


@asynccontextmanager
async def unit_of_work(context: Context, viewer: Viewer) -> AsyncIterator[Log]:
    """One transaction for rows and the events that tell of them; rings the bell once it has committed.

    It begins by locking the organization's row, so that an organization has one writer at a time: positions commit in
    their order, and what is read within stays true until the commit, on PostgreSQL as on SQLite.
    """
    mine = Organization.filter(id=viewer.organization.id)
    async with context.transactions.commit_and_begin() as afterwards:
        organization = await mine.select_for_update(no_key=True).get()
        log = Log(viewer, context.now())  # not before: times follow positions
        yield log
        if count := await log.append(organization):
            afterwards.append(partial(context.services.notifier.notify, organization.id))
            afterwards.append(partial(context.services.measures.appended, count))
