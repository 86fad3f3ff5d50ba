"""Serving one endpoint: its events are sent in the order of the log, one at a time.

The endpoint is claimed meanwhile. Each result renews the claim, and the last one ends it.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.webhooks.sender import SentWebhook
from models import Event, WebhookDelivery, WebhookEndpoint
from resolvers.context import Context
from resolvers.events.tail import read_events
from resolvers.kit.group_commit import GroupCommit
from resolvers.refusals import EncryptionKeyMissing
from resolvers.services import Services
from resolvers.webhooks.deliver import delivery_of, send
from resolvers.webhooks.record import Attempt, record_disabled
from resolvers.webhooks.result import Result, passed_over, result_of
from resolvers.webhooks.slots import Slot

_BATCH = 100
# After such a time, endpoints that wait have their turn; after a slow call, too.
_TURN = timedelta(seconds=1)
_FAILED = "This server failed to send the event: its log says more."
_EVERYONE = ""  # all results share transactions

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claimant:
    """A process that serves endpoints. Once `stopping` is set, each is left after its current call.

    `_calls` are the tasks that are calling a receiver, by endpoint.
    """

    services: Services
    owner: str
    records: GroupCommit[Attempt, WebhookEndpoint | None]
    clock: Callable[[], datetime]
    stopping: asyncio.Event
    _calls: dict[str, asyncio.Task[Any]] = field(default_factory=dict)

    @property
    def claim_seconds(self) -> float:
        """How long a claim lasts: an attempt, and as much time to record it.

        Endpoints of a process that is killed wait until then.
        """
        return 2 * self.services.webhooks.timeout

    @contextmanager
    def calling(self, endpoint: WebhookEndpoint) -> Iterator[None]:
        """Surrounds a call by the current task."""
        if task := asyncio.current_task():
            self._calls[endpoint.id] = task
        try:
            yield
        finally:
            del self._calls[endpoint.id]

    def abandon_call(self, endpoint_id: str) -> None:
        """Cancels the task that calls the endpoint's receiver, if one does."""
        if task := self._calls.get(endpoint_id):
            task.cancel()


class Serving:
    """Serves an endpoint that was claimed at a time of the monotonic clock."""

    def __init__(self, claimant: Claimant, endpoint: WebhookEndpoint, claimed_at: float, slot: Slot) -> None:
        self.endpoint = endpoint
        self._claimant = claimant
        self._slot = slot
        self._row: WebhookEndpoint | None = endpoint  # None once the claim has ended
        self._claimed_at = claimed_at
        self._next_attempt_at: datetime | None = None
        self._turn_ends = claimant.clock() + _TURN

    async def run(self) -> datetime | None:
        """Sends events until the log's end, a failure, or the end of the endpoint's turn.

        Returns the time of the next attempt after a failure.
        """
        while row := self._row:
            events = await read_events(row.organization_id, row.position, limit=_BATCH)
            await self._send_wanted(row, events, at_end=len(events) < _BATCH)
            if self._row and not events:
                await self._record(self._row, passed_over(self._row, self._row.position), None, last=True)
        return self._next_attempt_at

    async def _send_wanted(self, row: WebhookEndpoint, events: Sequence[Event], *, at_end: bool) -> None:
        for event in events:
            if not row.wants(event):
                continue
            await self._send(row, event, last=at_end and event is events[-1])
            if self._row is None:
                return
            row = self._row
        if events and row.position < events[-1].position:
            await self._record(row, passed_over(row, events[-1].position), None, last=at_end)

    async def _send(self, row: WebhookEndpoint, event: Event, *, last: bool) -> None:
        now = self._claimant.clock()
        if (
            time.monotonic() + self._claimant.services.webhooks.timeout
            > self._claimed_at + self._claimant.claim_seconds
        ):
            self._row = None  # this process was so slow that the claim may end during the call
            return
        sent = await self._call(row, event, now)
        result = result_of(row, event, sent, self._claimant.clock())
        delivery = delivery_of(row, event, sent, result.outcome, now, attempt=row.attempts + 1)
        await self._record(row, result, delivery, last=last or not result.goes_on or self._turn_is_over())

    async def _call(self, row: WebhookEndpoint, event: Event, now: datetime) -> SentWebhook:
        """Whatever fails unforeseen is a failed attempt, so that no event is sent for ever."""
        with self._slot.calling(), self._claimant.calling(row):
            try:
                return await send(self._claimant.services, row, event, now)
            except EncryptionKeyMissing:
                raise  # until the operator restores the key, which is no fault of the endpoint
            except Exception as error:  # noqa: BLE001 - logged by its type, because its text may quote the receiver
                _logger.warning("Sending an event to %s failed (%s).", row.id, type(error).__name__)
                return SentWebhook(None, _FAILED, timedelta())

    def _turn_is_over(self) -> bool:
        return self._claimant.clock() >= self._turn_ends or self._claimant.stopping.is_set()

    async def _record(
        self, row: WebhookEndpoint, result: Result, delivery: WebhookDelivery | None, *, last: bool
    ) -> None:
        claimant = self._claimant
        self._claimed_at = time.monotonic()
        attempt = Attempt(row, result, delivery, claimant.owner, 0 if last else claimant.claim_seconds)
        if result.disabled:
            recorded = await record_disabled(Context(claimant.services, now=claimant.clock), attempt)
        else:
            recorded = await claimant.records.submit(_EVERYONE, attempt)
        if recorded and delivery:
            claimant.services.measures.delivered(delivery.outcome)
        self._next_attempt_at = recorded.next_attempt_at if recorded else None
        self._row = None if last else recorded
