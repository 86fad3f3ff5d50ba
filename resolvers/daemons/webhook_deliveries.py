"""Delivers webhooks: finds endpoints that have events to be sent, claims them, and serves each in a task.

The log is the queue. A notification names the organization whose endpoints to look for; one question per interval finds
what other processes have written, and what only time has made due. So endpoints that have nothing to do cost nothing.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from adapters.database import DATABASE_ERRORS, ChangeDetector
from kit.shared_tasks import start_shared
from models import WebhookEndpoint
from models.querying import READ_TURN, claim_endpoints, delivery_backlog, due_endpoints, next_attempt, release_endpoints
from resolvers.context import utc_now
from resolvers.daemons.daemon import Daemon
from resolvers.kit.group_commit import GroupCommit
from resolvers.services import Services
from resolvers.webhooks.record import record_together
from resolvers.webhooks.serve import Claimant, Serving
from resolvers.webhooks.slots import MOST, Slot, Slots

# Claims of a process that died end without a notification.
_LOOK_SECONDS = 5.0
# Notifications of so many seconds share a question.
_COLLECTING_SECONDS = 0.01
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
        self._changes = ChangeDetector()
        self._look_at_all_at = self._ask_at = self._report_at = clock()
        services.notifier.add_listener(self._log_grew)

    def woken(self) -> asyncio.Event:
        """The event that is set once there may be work."""
        return self._woken

    def look_at_all(self) -> None:
        """Makes the next `start_due` look at all endpoints."""
        self._look_at_all_at = self._clock()

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

    async def stop(self) -> None:
        """Lets calls end for a moment, then abandons them: another process repeats them."""
        self._claimant.stopping.set()
        tasks = set(self.serving.values())
        if tasks:
            await asyncio.wait(tasks, timeout=_FINISH_SECONDS)
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
        await asyncio.sleep(_COLLECTING_SECONDS)
        grown, self._grown = self._grown, set()
        if await self._start(grown, now):
            self._grown |= grown
        self._look_at_all_at = min(self._look_at_all_at, await next_attempt(now) or self._look_at_all_at)

    async def _look_at_all(self, now: datetime) -> None:
        self._grown.clear()
        more = await self._start(None, now)
        following = now + timedelta(seconds=min(_LOOK_SECONDS, self._services.webhooks.timeout))
        self._look_at_all_at = now if more else min(following, await next_attempt(now) or following)

    async def _start(self, organizations: Collection[str] | None, now: datetime) -> bool:
        """Starts to serve endpoints of these organizations, or of all; returns whether more wait for a slot."""
        free = self._slots.free
        found = await due_endpoints(organizations, now, self._slots.rooms(), MOST, free + 1)
        due = [each.id for each in found if each.id not in self.serving]
        if due:
            until = self._claimant.claim_end()
            for row in await claim_endpoints(due[:free], self._claimant.owner, now, until):
                self.serving[row.id] = start_shared(self._serve(row, until, self._slots.take(row.organization_id)))
        return len(due) > free

    async def _serve(self, endpoint: WebhookEndpoint, until: datetime, slot: Slot) -> None:
        READ_TURN.set(partial(self._services.reads.turn, _READER))  # so that requests find connections free
        try:
            await Serving(self._claimant, endpoint, until, slot).run()
        except Exception as error:  # noqa: BLE001 - whatever it is, the claim ends, and the endpoint is served again
            _logger.warning("Delivering to %s failed (%s); retrying.", endpoint.id, type(error).__name__)
        finally:
            del self.serving[endpoint.id]
            self._grown.add(endpoint.organization_id)  # its log may have grown since it was read
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
