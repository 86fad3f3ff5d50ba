"""Use cases that read the log."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from models import Event, EventKind, Organization, Scope, is_id
from models.querying import Select
from resolvers.context import Context
from resolvers.events.tail import Tail
from resolvers.kit.cursors import decode_cursor, encode_cursor
from resolvers.kit.paging import Page, Window, read_page
from resolvers.kit.shared_results import SharedResults
from resolvers.refusals import InvalidCursor

_NOUNS = ("integration", "credential", "token")
_NOTHING = ""  # matches nothing; replaces an input that cannot be a valid id
_BATCH = 500
# How many events a follower may receive before others have their turn of the event loop.
_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Conditions on events: their kinds, and the id of their subject. None matches all."""

    kinds: Collection[EventKind] | None = None
    subject: str | None = None

    def matches(self, event: Event) -> bool:
        """Whether an event meets the conditions."""
        return (self.kinds is None or event.kind in self.kinds) and self.subject in (None, event.subject)

    def apply(self, events: Select[Event]) -> Select[Event]:
        """Adds the conditions to a query."""
        if self.kinds is not None:
            one_subject = self.subject is not None  # which has few events
            events = (events.where_in if one_subject else events.where_either)("events.kind", self.kinds)
        if self.subject is not None:
            is_known = any(is_id(noun, self.subject) for noun in _NOUNS)
            events = events.where("events.subject = ?", self.subject if is_known else _NOTHING)
        return events


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
    organization = await _organization_now(context)
    events = wanted.apply(Select(Event).where("events.organization_id = ?", organization.id))
    return await read_page(events, LogOrder(organization), window)


async def newest_cursor(context: Context) -> str:
    """The cursor of the log's current end. Needs READ."""
    organization = await _organization_now(context)
    return event_cursor(organization.id, organization.position)


@dataclass(frozen=True, slots=True)
class FollowedEvent:
    """An event, the position up to which its follower has read the log, and the results that followers share."""

    event: Event
    seen: int
    shared: SharedResults


async def follow(context: Context, wanted: EventFilter, after: str | None) -> AsyncGenerator[FollowedEvent, None]:
    """Yields every matching event after a cursor, or from now on, in order and exactly once.

    Needs READ; raises InvalidCursor immediately, before the first event.
    """
    organization = await _organization_now(context)
    position = organization.position if after is None else LogOrder(organization).decode(after)[0]
    return _follow(context, organization, wanted, position)


async def _follow(
    context: Context, organization: Organization, wanted: EventFilter, position: int
) -> AsyncGenerator[FollowedEvent, None]:
    turns, viewer = context.services.replays, context.viewer()
    with context.services.tails.follow(organization) as tail:
        while True:
            await tail.longer_than(position)
            seen, events = tail.position, tail.cached_after(position)
            if events is not None:
                async for item in _deliver(filter(wanted.matches, events), seen, tail):
                    yield item
                position = seen
                continue
            async with turns.turn(viewer.id):  # until it is delivered: the client sets the pace
                past = await _replay(organization, wanted, position, seen)
                async for item in _deliver(past, seen, tail):
                    yield item
                position = past[-1].position if len(past) == _BATCH else seen


async def _replay(organization: Organization, wanted: EventFilter, after: int, until: int) -> list[Event]:
    """The matching events between two positions, oldest first, at most a batch."""
    between = Select(Event).where("events.organization_id = ?", organization.id)
    between = between.where("events.position > ? AND events.position <= ?", after, until)
    return await wanted.apply(between).all("events.position", limit=_BATCH)


async def _deliver(events: Iterable[Event], seen: int, tail: Tail) -> AsyncGenerator[FollowedEvent, None]:
    """Events for a follower who had seen the log up to a position when they were read."""
    for number, event in enumerate(events, start=1):
        yield FollowedEvent(event, seen, tail.shared)
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)


async def _organization_now(context: Context) -> Organization:
    """Reads the viewer's organization again, for its current position."""
    viewer = context.require(Scope.READ)
    return await Organization.get(id=viewer.organization.id)
