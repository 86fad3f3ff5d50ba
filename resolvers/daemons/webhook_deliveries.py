"""Delivers webhooks: finds endpoints that have events to be sent, claims them, and serves each in a task.

The log is the queue. A notification names the organization whose endpoints to look for; one question per interval finds
what other processes have written, and what only time has made due. So endpoints that have nothing to do cost nothing.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from adapters.database import DATABASE_ERRORS, ChangeDetector
from kit.shared_tasks import start_shared
from models.querying import (
    READ_TURN,
    any_enabled,
    claim_endpoints,
    delivery_backlog,
    due_endpoints,
    next_attempt,
    release_endpoints,
)
from resolvers.context import utc_now
from resolvers.daemons.daemon import Daemon
from resolvers.kit.group_commit import GroupCommit
from resolvers.services import Services
from resolvers.webhooks.record import record_together
from resolvers.webhooks.serve import Claimant, Serving
from resolvers.webhooks.slots import MOST, Slot, Slots

# Claims of a process that died end without a notification.
_LOOK_SECONDS = 5.0
# Notifications of so many seconds share a question; of more, while no endpoint is enabled.
_COLLECTING_SECONDS, _UNUSED_SECONDS = 0.01, 1.0
_READER = "webhooks"
_REPORT = timedelta(seconds=15)
# A process has twenty seconds to stop, most of which its requests may have taken.
_FINISH_SECONDS = 2.0

_logger = logging.getLogger(__name__)


class Deliveries:
    """The deliveries of one process."""

    def __init__(self, services: Services, clock: Callable[[], datetime] = utc_now) -> None:
        self._services = services
        self._clock = clock
        self._slots = Slots(self._wake)
        records = GroupCommit(record_together)
        self._claimant = Claimant(services, secrets.token_hex(16), records, clock, asyncio.Event())
        self.serving: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()
        self._grown = set[str]()  # organizations whose endpoints may have work
        self._used = True  # whether an endpoint was enabled at the last look at all
        self._changes = ChangeDetector()
        self._look_at_all_at = self._ask_at = self._report_at = clock()
        services.notifier.add_listener(self._log_grew)

    def woken(self) -> asyncio.Event:
        """The event that is set once there may be work."""
        return self._woken

    async def start_due(self, services: Services) -> float:
        """Starts to serve endpoints that have work; returns the seconds until others may have."""
        now = self._clock()
        if now >= self._report_at:
            await self._report(now)
        if not self._slots.free:
            return services.notifier.poll_seconds  # or until a slot is free
        if now >= self._ask_at:
            await self._ask(now)
        if now >= self._look_at_all_at:
            await self._look_at_all(now)
        elif self._grown:
            await self._look_at_grown(now)
        return max(0.0, (min(self._look_at_all_at, self._ask_at) - self._clock()).total_seconds())

    async def stop(self, seconds: float = _FINISH_SECONDS) -> None:
        """Lets calls end for so long, then abandons them: another process repeats them."""
        self._claimant.stopping.set()
        tasks = set(self.serving.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(*DATABASE_ERRORS):  # the claims end by themselves
            await release_endpoints(self._claimant.owner)

    async def _ask(self, now: datetime) -> None:
        """Asks whether another process may have written."""
        self._ask_at = now + timedelta(seconds=self._services.notifier.poll_seconds)
        async with self._changes.since_last() as changed:
            if changed:
                self._look_at_all_at = now

    async def _look_at_grown(self, now: datetime) -> None:
        await asyncio.sleep(_COLLECTING_SECONDS if self._used or self.serving else _UNUSED_SECONDS)
        grown, self._grown = self._grown, set()
        if await self._start(grown, now):
            self._grown |= grown

    async def _look_at_all(self, now: datetime) -> None:
        self._grown.clear()
        more = await self._start(None, now)
        self._used = bool(self.serving) or await any_enabled()
        following = now + timedelta(seconds=min(_LOOK_SECONDS, self._services.webhooks.timeout))
        self._look_at_all_at = now if more else min(following, await next_attempt(now) or following)

    async def _start(self, organizations: Collection[str] | None, now: datetime) -> bool:
        """Starts to serve endpoints of these organizations, or of all; returns whether more wait for a slot."""
        free = self._slots.free
        found = await due_endpoints(organizations, now, self._slots.rooms(), MOST, free + 1)
        due = [each.id for each in found if each.id not in self.serving]
        for each in found:
            self._claimant.abandon_call(each.id)  # one whose claim has ended: its result does not count
        if due:
            claimed_at = time.monotonic()
            for row in await claim_endpoints(due[:free], self._claimant.owner, now, self._claimant.claim_seconds):
                slot = self._slots.take(row.organization_id)
                serving = Serving(self._claimant, row, claimed_at, slot)
                self.serving[row.id] = start_shared(self._serve(serving, slot))
        return len(due) > free

    async def _serve(self, serving: Serving, slot: Slot) -> None:
        READ_TURN.set(partial(self._services.reads.turn, _READER))  # so that requests find connections free
        try:
            if next_attempt_at := await serving.run():
                self._look_at_all_at = min(self._look_at_all_at, next_attempt_at)
        except Exception as error:  # noqa: BLE001 - whatever it is, the claim ends, and the endpoint is served again
            _logger.warning("Delivering to %s failed (%s); retrying.", serving.endpoint.id, type(error).__name__)
        finally:
            del self.serving[serving.endpoint.id]
            self._grown.add(serving.endpoint.organization_id)  # its log may have grown since it was read
            slot.give_back()

    def _log_grew(self, organization_id: str) -> None:
        self._grown.add(organization_id)
        self._wake()

    def _wake(self) -> None:
        self._woken.set()
        self._woken = asyncio.Event()

    async def _report(self, now: datetime) -> None:
        self._report_at = now + _REPORT
        backlog = await delivery_backlog()
        seconds = max(0.0, (now - backlog.since).total_seconds()) if backlog.since else 0.0
        self._services.measures.backlog(backlog.events, seconds, backlog.disabled)


class DeliveryDaemon:
    """Delivers until it is cancelled, and then ends its claims."""

    async def run(self, services: Services) -> None:
        deliveries = Deliveries(services)
        try:
            await Daemon("webhook deliveries", deliveries.start_due, wakes=deliveries.woken).run(services)
        finally:
            await deliveries.stop()


DAEMON = DeliveryDaemon()
