"""Use cases that read the log."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from models import ActorKind, Event, EventKind, Organization, Scope, is_id
from models.querying import Select
from resolvers.context import Context, Viewer
from resolvers.kit.cursors import decode_cursor, encode_cursor
from resolvers.kit.paging import Page, Window, read_page
from resolvers.kit.shared_results import SharedResults
from resolvers.refusals import InvalidArgument, InvalidCursor
from resolvers.rows import find_row, own_integrations

_NOUNS = ("integration", "credential", "token", "endpoint")
_BATCH = 500
# How many events a follower may receive before others have their turn of the event loop.
_AT_ONCE = 5
_CHANGES_OF_CREDENTIAL = {EventKind.INTEGRATION_UPDATED, EventKind.INTEGRATION_DELETED}

# Times are in the order of positions, so a period is a part of the log. With a condition on times instead, the database
# would read the log from its end until it comes to the period.
_LAST_BEFORE = """COALESCE((SELECT earlier.position FROM events AS earlier
    WHERE earlier.organization_id = ? AND earlier.occurred_at < ?
    ORDER BY earlier.occurred_at DESC, earlier.position DESC LIMIT 1), 0)"""


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Conditions on events; None matches all.

    `integration` is the id of an integration: its events match, and those of the credential that it uses now.
    The period includes the moment of `occurred_after`, but not that of `occurred_before`.
    """

    kinds: Collection[EventKind] | None = None
    subject: str | None = None
    integration: str | None = None
    actor_kind: ActorKind | None = None
    actor_id: str | None = None
    occurred_after: datetime | None = None
    occurred_before: datetime | None = None

    def matches(self, event: Event, subjects: Collection[str] | None) -> bool:
        """Whether an event that is followed meets the conditions. `subjects` are the ids of `subjects_of`."""
        return (
            (self.kinds is None or event.kind in self.kinds)
            and (subjects is None or event.subject in subjects)
            and self.actor_kind in (None, event.actor_kind)
            and self.actor_id in (None, event.actor_id)
            and (self.occurred_after is None or event.occurred_at >= self.occurred_after)
        )

    def apply(self, log: Select[Event], organization: Organization) -> Select[Event]:
        """Adds the conditions on actors and times to a query of the organization's log."""
        if self.actor_kind is not None:
            log = log.where("events.actor_kind = ?", self.actor_kind)
        if self.actor_id is not None:  # PostgreSQL's texts cannot contain NUL
            log = log.where("FALSE") if "\0" in self.actor_id else log.where("events.actor_id = ?", self.actor_id)
        if self.occurred_after is not None:
            log = log.where(f"events.position > {_LAST_BEFORE}", organization.id, self.occurred_after)
        if self.occurred_before is not None:
            log = log.where(f"events.position <= {_LAST_BEFORE}", organization.id, self.occurred_before)
        return log

    def may_change_subjects(self, event: Event) -> bool:
        """Whether the event may give the integration another credential."""
        return event.subject == self.integration and event.kind in _CHANGES_OF_CREDENTIAL


async def subjects_of(viewer: Viewer, wanted: EventFilter) -> Collection[str] | None:
    """The ids that the filter's events can be about; None for any."""
    subjects = None if wanted.integration is None else await _with_credential(viewer, wanted.integration)
    if wanted.subject is None:
        return subjects
    return {wanted.subject} & (_existing({wanted.subject}) if subjects is None else subjects)


async def _with_credential(viewer: Viewer, integration_id: str) -> set[str]:
    integration = await find_row(own_integrations(viewer), "integration", integration_id)
    return _existing({integration_id, integration.credential_id} if integration else {integration_id})


def _existing(ids: set[str]) -> set[str]:
    """The well-formed ids: others, for which no event can exist, might not be valid text in the database."""
    return {id_ for id_ in ids if any(is_id(noun, id_) for noun in _NOUNS)}


@dataclass(frozen=True, slots=True)
class LogOrder:
    """Oldest first, by position. Cursors include the organization's id, so those of another one are invalid."""

    organization: Organization
    columns: tuple[str, ...] = ("position",)
    descending: bool = False

    def encode(self, row: Event) -> str:
        """The cursor of an event."""
        return event_cursor(self.organization.id, row.position)

    def decode(self, cursor: str) -> tuple[int]:
        """The position of a cursor; raises InvalidCursor if it is malformed, of another log, or ahead of the log."""
        position = decode_cursor(cursor, ("LOG", self.organization.id, int))[-1]
        if not 0 <= int(position) <= self.organization.position:
            raise InvalidCursor(
                "This cursor is ahead of the log: another server issued it, or the log was restored from a backup."
            )
        return (int(position),)


@lru_cache(maxsize=1024)  # followers of one log encode the same positions
def event_cursor(organization_id: str, position: int) -> str:
    """The cursor of a position in an organization's log."""
    return encode_cursor(["LOG", organization_id, position])


async def page(context: Context, wanted: EventFilter, window: Window) -> Page[Event]:
    """A page of the log, oldest first. Needs READ; raises InvalidArgument or InvalidCursor."""
    organization = await organization_now(context)
    events = _matching(organization, wanted, await subjects_of(context.viewer(), wanted))
    return await read_page(events, LogOrder(organization), window)


def _matching(organization: Organization, wanted: EventFilter, subjects: Collection[str] | None) -> Select[Event]:
    """The matching events of a log. `subjects` are the ids of `subjects_of`."""
    events, kinds = Select(Event).where("events.organization_id = ?", organization.id), set(wanted.kinds or ())
    events = wanted.apply(events, organization)
    if subjects is None:
        return events if wanted.kinds is None else events.where_each("events.kind", kinds)
    # A subject has few events.
    events = events if wanted.kinds is None else events.where_in("events.kind", kinds)
    return events.where_each("events.subject", subjects)


def newest_cursor(context: Context) -> str:
    """The cursor of the log's end, as it was before the operation read anything else. Needs READ.

    Rows that are read with it are never older, so a change is in the rows or behind the cursor, and never in neither.
    """
    organization = context.require(Scope.READ).organization
    return event_cursor(organization.id, organization.position)


@dataclass(frozen=True, slots=True)
class FollowedEvent:
    """An event, the position up to which its follower has read the log, and the results that followers share."""

    event: Event
    seen: int
    shared: SharedResults


async def follow(context: Context, wanted: EventFilter, after: str | None) -> AsyncGenerator[FollowedEvent, None]:
    """Yields every matching event after a cursor, or from now on, in order and exactly once.

    Needs READ; raises InvalidArgument or InvalidCursor immediately, before the first event.
    """
    if wanted.occurred_before is not None:
        raise InvalidArgument("A subscription has no end. Leave out 'occurredBefore', or read the list of events.")
    organization = await organization_now(context)
    position = organization.position if after is None else LogOrder(organization).decode(after)[0]
    return _follow(context, organization, wanted, position)


async def _follow(
    context: Context, organization: Organization, wanted: EventFilter, position: int
) -> AsyncGenerator[FollowedEvent, None]:
    viewer = context.viewer()
    with context.services.tails.follow(organization) as tail:
        subjects = await subjects_of(viewer, wanted)
        while True:
            await tail.longer_than(position)
            seen, cached = tail.position, tail.cached_after(position)
            if cached is None:
                async with context.services.replays.turn(viewer.id):  # until delivered: the client sets the pace
                    subjects = await subjects_of(viewer, wanted)  # the filter may hide the event that changed them
                    past = await _replay(organization, wanted, subjects, after=position, until=seen)
                    for number, event in enumerate(past, start=1):
                        yield FollowedEvent(event, seen, tail.shared)
                        await _let_others_run(number)
                position = past[-1].position if len(past) == _BATCH else seen
                continue
            for number, event in enumerate(cached, start=1):
                position = event.position
                if wanted.may_change_subjects(event):
                    subjects = await subjects_of(viewer, wanted)
                if wanted.matches(event, subjects):
                    yield FollowedEvent(event, seen, tail.shared)
                await _let_others_run(number)


async def _replay(
    organization: Organization, wanted: EventFilter, subjects: Collection[str] | None, *, after: int, until: int
) -> list[Event]:
    """The matching events between two positions, oldest first, at most a batch."""
    events = _matching(organization, wanted, subjects)
    between = events.where("events.position > ? AND events.position <= ?", after, until)
    return await between.all("events.position", limit=_BATCH)


async def _let_others_run(number: int) -> None:
    if number % _AT_ONCE == 0:
        await asyncio.sleep(0)


async def organization_now(context: Context) -> Organization:
    """Reads the viewer's organization again, for its current position. Needs READ."""
    viewer = context.require(Scope.READ)
    return await Organization.get(id=viewer.organization.id)
