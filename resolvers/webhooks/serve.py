"""Serving one endpoint: its events are sent in the order of the log, one at a time.

The endpoint is claimed meanwhile. Each result renews the claim, and the last one ends it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models import Event, WebhookDelivery, WebhookEndpoint
from resolvers.context import Context
from resolvers.events.tail import read_events
from resolvers.kit.group_commit import GroupCommit
from resolvers.services import Services
from resolvers.webhooks.deliver import delivery_of, send
from resolvers.webhooks.record import Attempt, record_disabled
from resolvers.webhooks.result import Result, passed_over, result_of
from resolvers.webhooks.slots import Slot

_BATCH = 100
# After such a time, endpoints that wait have their turn; after a slow call, too.
_TURN = timedelta(seconds=1)
_EVERYONE = ""  # all results share transactions


@dataclass(frozen=True, slots=True)
class Claimant:
    """A process that serves endpoints. Once `stopping` is set, each is left after its current call."""

    services: Services
    owner: str
    records: GroupCommit[Attempt, WebhookEndpoint | None]
    clock: Callable[[], datetime]
    stopping: asyncio.Event

    def claim_end(self) -> datetime:
        """The end of a claim: after an attempt, and as much time to record it.

        Endpoints of a process that is killed wait until then.
        """
        return self.clock() + timedelta(seconds=2 * self.services.webhooks.timeout)


class Serving:
    """Serves an endpoint that is claimed until a time."""

    def __init__(self, claimant: Claimant, endpoint: WebhookEndpoint, claimed_until: datetime, slot: Slot) -> None:
        self._claimant = claimant
        self._slot = slot
        self._row: WebhookEndpoint | None = endpoint  # None once the claim has ended
        self._claimed_until = claimed_until
        self._ends = claimant.clock() + _TURN

    async def run(self) -> None:
        """Sends events until the log's end, a failure, or the end of the endpoint's turn."""
        while row := self._row:
            events = await read_events(row.organization_id, row.position, limit=_BATCH)
            await self._send_wanted(row, events, at_end=len(events) < _BATCH)
            if self._row and not events:
                await self._record(self._row, passed_over(self._row, self._row.position), None, last=True)

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
        services, now = self._claimant.services, self._claimant.clock()
        if now + timedelta(seconds=services.webhooks.timeout) > self._claimed_until:
            self._row = None  # this process was so slow that the claim may end during the call
            return
        with self._slot.calling():
            sent = await send(services, row, event, now)
        result = result_of(row, event, sent, self._claimant.clock())
        delivery = delivery_of(row, event, sent, result.outcome, now)
        await self._record(row, result, delivery, last=last or not result.goes_on or self._turn_is_over())

    def _turn_is_over(self) -> bool:
        return self._claimant.clock() >= self._ends or self._claimant.stopping.is_set()

    async def _record(
        self, row: WebhookEndpoint, result: Result, delivery: WebhookDelivery | None, *, last: bool
    ) -> None:
        claimant = self._claimant
        self._claimed_until = claimant.clock() if last else claimant.claim_end()
        attempt = Attempt(row, result, delivery, claimant.owner, self._claimed_until)
        if result.disabled:
            recorded = await record_disabled(Context(claimant.services, now=claimant.clock), attempt)
        else:
            recorded = await claimant.records.submit(_EVERYONE, attempt)
        if recorded and delivery:
            claimant.services.measures.delivered(delivery.outcome)
        self._row = None if last else recorded
