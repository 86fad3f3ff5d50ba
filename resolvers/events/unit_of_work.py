"""The unit of work: a change and its events, in one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

from models import (
    ApiToken,
    Credential,
    Event,
    EventKind,
    Integration,
    Organization,
    WebhookEndpoint,
)
from resolvers.context import Context, Viewer, system_viewer
from resolvers.rights import refuse_lost_right

Subject = Integration | Credential | ApiToken | WebhookEndpoint


class Log:
    """The events of one transaction, in the order of their addition, after the position `begin`."""

    def __init__(self, viewer: Viewer, begin: int, now: datetime) -> None:
        self._viewer = viewer
        self._begin = begin
        self.now = now
        self._events: list[Event] = []
        self._touched = False

    @property
    def position(self) -> int:
        """The last position of the log, with the events added so far."""
        return self._begin + len(self._events)

    @property
    def system(self) -> Viewer:
        """The author of what time alone does."""
        return system_viewer(self._viewer.organization)

    def add(
        self,
        kind: EventKind,
        subject: Subject,
        *,
        before: str | None = None,
        after: str | None = None,
        reason: str | None = None,
        author: Viewer | None = None,
    ) -> None:
        """Adds an event about `subject`, whose status changed from `before` to `after`, if it has one.

        `reason` says in words why, or which change it was. `author` is the actor if the transaction serves several
        viewers.
        """
        details = _details_after(subject, after)
        self._append(kind, subject, author, previous_status=before, status=after, reason=reason, **details)

    def add_revealed(self, integration: Integration, secret_version: int, *, reason: str, author: Viewer) -> None:
        """Adds the event that a secret of the integration's credential was revealed."""
        status = integration.status
        self._append(
            EventKind.SECRET_REVEALED,
            integration,
            author,
            previous_status=status,
            status=status,
            reason=reason,
            credential_id=integration.credential_id,
            secret_version=secret_version,
        )

    def _append(
        self,
        kind: EventKind,
        subject: Subject,
        author: Viewer | None,
        **details: Any,
    ) -> None:
        actor = author or self._viewer
        self._events.append(
            Event(
                kind=kind,
                subject=subject.id,
                name=subject.name,
                actor=actor.name,
                actor_kind=actor.kind,
                actor_id=actor.subject,
                organization_id=self._viewer.organization.id,
                occurred_at=self.now,
                **details,
            )
        )

    def touch(self) -> None:
        """Moves the revision for a change of rows without an event, which queries show."""
        self._touched = True

    async def append(self, organization: Organization) -> int:
        """Appends the events to the locked organization's log; returns their number.

        The revision moves in the same statement, unless the log alone has grown.
        """
        moved: dict[str, int] = {}
        if self._touched or any(event.kind.changes_rows for event in self._events):
            moved["revision"] = organization.revision + 1
        for position, event in enumerate(self._events, start=organization.position + 1):
            moved["position"] = event.position = position
        if moved:
            await Organization.filter(id=organization.id).update(**moved)
        if self._events:
            await Event.bulk_create(self._events)
        return len(self._events)


def _details_after(subject: Subject, after: str | None) -> dict[str, Any]:
    """The details of a credential that events record; none of one that is removed."""
    if after is None or not isinstance(subject, Credential):
        return {}
    return {
        "problem": subject.problem,
        "expires_at": subject.expires_at,
        "secret_version": subject.secret_version,
    }


@asynccontextmanager
async def unit_of_work(context: Context, viewer: Viewer) -> AsyncIterator[Log]:
    """Runs one transaction for rows and their events; notifies followers after its commit.

    It first locks the organization's row, so that an organization has one writer at a time. Positions then commit in
    order, and rows that are read inside stay current until the commit, on PostgreSQL as on SQLite. The process's other
    writers of the organization wait in its queue meanwhile, without a connection.

    Then it looks at the viewer's right again, which may have been lost while the request was waiting, for Stripe or for
    the lock: the log has nothing of a token's after its end. Raises Unauthenticated or Forbidden.

    In a context that holds its transactions, it commits the held one first.
    """
    mine = Organization.filter(id=viewer.organization.id)
    turn = context.services.writers.turn(viewer.organization.id)
    async with context.transactions.commit_and_begin(turn) as after_commit:
        organization = await mine.select_for_update(no_key=True).get()
        # The time is read under the lock, so that times are in the order of positions.
        log = Log(viewer, organization.position, context.now())
        await refuse_lost_right(viewer, log.now)
        yield log
        if count := await log.append(organization):
            after_commit.append(partial(context.services.notifier.notify, organization.id))
            after_commit.append(partial(context.services.measures.appended, count))
