"""Appending to the log, and reading on in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from tortoise.expressions import F
from tortoise.transactions import in_transaction

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
    ) -> None:
        """Notes what happened to `subject`, whose status was `before` and is `after`, where it has one."""
        self._events.append(
            Event(
                kind=kind,
                subject=subject.id,
                name=subject.name,
                previous_status=before,
                status=after,
                reason=reason,
                actor=self._viewer.name,
                organization_id=self._viewer.organization.id,
                occurred_at=self.now,
            )
        )

    async def append(self) -> bool:
        """Writes the events at the log's end, within the caller's transaction; False if there are none.

        Moving the organization's position locks its row until the commit, so positions commit in their order.
        """
        if not self._events:
            return False
        organization = Organization.filter(id=self._viewer.organization.id)
        await organization.update(position=F("position") + len(self._events))
        end = (await organization.get()).position
        for position, event in enumerate(self._events, start=end - len(self._events) + 1):
            event.position = position
        await Event.bulk_create(self._events)
        return True


@asynccontextmanager
async def changing(context: Context, viewer: Viewer) -> AsyncIterator[Log]:
    """One transaction for rows and the events that tell of them; rings the bell once it has committed.

    The events are appended last, so that the organization's row is locked for as short as can be.
    """
    async with in_transaction():
        log = Log(viewer, context.now())  # not before: times follow positions
        yield log
        grew = await log.append()
    if grew:
        context.services.bell.ring(viewer.organization.id)
