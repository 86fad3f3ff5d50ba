"""Following logs as they grow: one reader per organization and process serves any number of followers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from adapters.notifier import Notifier, notified_or_timed_out
from models import Event, Organization
from models.querying import Select
from resolvers.kit.shared_results import SharedResults

_BATCH = 500
_WINDOW = 1000
_RETRY_SECONDS = 1.0

_logger = logging.getLogger(__name__)


async def read_events(organization_id: str, after: int) -> list[Event]:
    """The next events after a position, oldest first, at most a batch."""
    events = Select(Event).where("events.organization_id = ? AND events.position > ?", organization_id, after)
    return await events.all("events.position", limit=_BATCH)


class Tail:
    """The newest events of one organization's log, cached in memory up to the window's size.

    A follower that falls behind the window reads from the database, so slow followers cost queries, never memory.
    """

    def __init__(self, organization_id: str, position: int, notifier: Notifier) -> None:
        self._organization_id = organization_id
        self._notifier = notifier
        self._window: list[Event] = []
        self.position = position
        self._grown = asyncio.Event()
        self.shared = SharedResults()

    async def after(self, position: int) -> Sequence[Event]:
        """Returns events after a position, oldest first and gapless. Waits until there is one."""
        while position >= self.position:
            await self._grown.wait()
        if self._window and (seen := position + 1 - self._window[0].position) >= 0:
            return self._window[seen:]  # positions have no gaps
        return await self._read(position)

    async def run(self) -> None:
        """Reads the log as it grows, until cancelled."""
        while True:
            notified = self._notifier.listen(self._organization_id)
            if not await self._read_on():
                await notified_or_timed_out(notified, self._notifier.poll_seconds)

    async def _read_on(self) -> bool:
        events = await self._read(self.position)
        if events:
            self._window = (self._window + events)[-_WINDOW:]
            self.position = events[-1].position
            grown, self._grown = self._grown, asyncio.Event()
            grown.set()
        return bool(events)

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
        self._tails: dict[str, tuple[Tail, asyncio.Task[None]]] = {}
        self._followers: dict[str, int] = {}

    @asynccontextmanager
    async def follow(self, organization_id: str) -> AsyncIterator[Tail]:
        """Yields the organization's tail, which runs while it has followers."""
        position = (await Organization.get(id=organization_id)).position
        tail = self._join(organization_id, position)
        try:
            yield tail
        finally:
            self._leave(organization_id)

    def _join(self, organization_id: str, position: int) -> Tail:
        self._followers[organization_id] = self._followers.get(organization_id, 0) + 1
        if organization_id not in self._tails:
            tail = Tail(organization_id, position, self._notifier)
            self._tails[organization_id] = tail, asyncio.create_task(tail.run())
        return self._tails[organization_id][0]

    def _leave(self, organization_id: str) -> None:
        self._followers[organization_id] -= 1
        if self._followers[organization_id] == 0:
            del self._followers[organization_id]
            _, task = self._tails.pop(organization_id)
            task.cancel()
