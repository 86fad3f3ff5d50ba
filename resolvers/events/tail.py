"""Following logs as they grow: one reader per organization and process serves any number of followers.

A quiet log costs nothing: a notification starts a read, and one question per interval finds the logs of all followed
organizations that grew without a notification.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from adapters.database import ChangeDetector
from adapters.notifier import Notifier, notified_or_timed_out
from kit.shared_tasks import start_shared
from models import Event, Organization
from models.querying import Select, grown_logs
from resolvers.kit.shared_results import SharedResults

_BATCH = 500
_WINDOW = 1000
_RETRY_SECONDS = 1.0

Observer = Callable[[Sequence[Event]], None]

_logger = logging.getLogger(__name__)


async def read_events(organization_id: str, after: int, limit: int = _BATCH) -> list[Event]:
    """The next events after a position, oldest first, at most `limit`."""
    events = Select(Event).where("events.organization_id = ? AND events.position > ?", organization_id, after)
    return await events.all("events.position", limit=limit)


class Tail:
    """The newest events of one organization's log, cached in memory up to the window's size.

    A follower that falls behind the window has to read from the database: slow followers cost queries, never memory.
    """

    __slots__ = (
        "_notified",
        "_observe",
        "_organization_id",
        "_reading",
        "_waiting",
        "_window",
        "followers",
        "position",
        "shared",
    )

    def __init__(self, organization_id: str, position: int, observe: Observer) -> None:
        self._organization_id = organization_id
        self._observe = observe
        self._window: list[Event] = []
        self.position = position
        self._waiting: set[asyncio.Future[None]] = set()
        self.shared = SharedResults()
        self.followers = 0
        self._reading: asyncio.Task[None] | None = None
        self._notified = False

    async def longer_than(self, position: int) -> None:
        """Waits until there are events after a position."""
        while position >= self.position:
            await self._growth()

    def cached_after(self, position: int) -> Sequence[Event] | None:
        """The events after a position up to the tail's own, oldest first and gapless; None if some are not cached."""
        if self._window and (seen := position + 1 - self._window[0].position) >= 0:
            return self._window[seen:]  # positions have no gaps
        return None

    def read_on(self) -> None:
        """Reads the log to its end, in a task of its own."""
        self._notified = True
        if self._reading is None:
            self._reading = start_shared(self._read_to_end())

    def close(self) -> None:
        """Stops reading."""
        if self._reading:
            self._reading.cancel()

    async def _growth(self) -> None:
        """Waits for the next events; in a third of an asyncio.Event's memory."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def _read_to_end(self) -> None:
        try:
            while self._notified:
                self._notified = False  # before the read: a notification from now on is for later events
                while await self._read_batch() == _BATCH:
                    pass
        finally:
            self._reading = None

    async def _read_batch(self) -> int:
        events = await self._read(self.position)
        if events:
            self._window = (self._window + events)[-_WINDOW:]
            self.position = events[-1].position
            for future in self._waiting:
                if not future.done():
                    future.set_result(None)
            self._observe(events)
        return len(events)

    async def _read(self, position: int) -> list[Event]:
        """Reads the next events after a position. Retries until the database responds."""
        while True:
            try:
                return await read_events(self._organization_id, position)
            except Exception as error:  # noqa: BLE001 - whatever it is, followers wait for the next attempt
                _logger.warning("Reading the log failed (%s); retrying.", type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)


class Tails:
    """The tails of the organizations that have followers in this process."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._tails: dict[str, Tail] = {}
        self._observers: list[Observer] = []
        self._polling: asyncio.Task[None] | None = None
        self._changes = ChangeDetector()
        notifier.add_listener(self._notified)

    def add_observer(self, observer: Observer) -> None:
        """Calls `observer` with all events of followed organizations, as they are read."""
        self._observers.append(observer)

    @contextmanager
    def follow(self, organization: Organization) -> Iterator[Tail]:
        """Yields the organization's tail, which reads the log while it has followers."""
        tail = self.join(organization)
        try:
            yield tail
        finally:
            self.leave(organization.id)

    def join(self, organization: Organization) -> Tail:
        """Returns the organization's tail, which begins no later than `organization` was read. Needs `leave`."""
        if not self._tails:
            self._polling = start_shared(self._poll())
        tail = self._tails.get(organization.id)
        if tail is None:
            tail = self._tails[organization.id] = Tail(organization.id, organization.position, self._observed)
            tail.read_on()  # notifications until now were not listened to
        tail.followers += 1
        return tail

    def leave(self, organization_id: str) -> None:
        """Ends what `join` began."""
        tail = self._tails[organization_id]
        tail.followers -= 1
        if not tail.followers:
            self._tails.pop(organization_id).close()
        if not self._tails and self._polling:
            self._polling.cancel()

    def _observed(self, events: Sequence[Event]) -> None:
        for observer in self._observers:
            observer(events)

    def _notified(self, organization_id: str) -> None:
        if tail := self._tails.get(organization_id):
            tail.read_on()

    async def _poll(self) -> None:
        """Looks, every interval, for logs that other processes have written and whose notifications were lost."""
        while True:
            missed = self._notifier.missed()
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - as in Tail: tried again
                _logger.warning("Looking for new events failed (%s); retrying.", type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                await notified_or_timed_out(missed, self._notifier.poll_seconds)

    async def _look(self) -> None:
        async with self._changes.since_last() as changed:
            if changed:
                for organization_id in await grown_logs({id_: tail.position for id_, tail in self._tails.items()}):
                    self._notified(organization_id)
