"""Wakes those who tail an organization's log within this process. Carries no data and may lose a ring."""

import asyncio
from contextlib import suppress

UNSURE_SECONDS = 1.0


class Bell:
    """Rings when an organization's log grew. Listen, read the log, then wait: no ring between is lost.

    `patience` is after how many seconds without a ring it is worth looking at the log all the same: another process
    may have written to it, of whom this bell knows only if somebody tells it.
    """

    def __init__(self) -> None:
        """A bell that nobody listens to yet."""
        self._listeners: dict[str | None, asyncio.Event] = {}
        self.patience = UNSURE_SECONDS

    def ring(self, organization_id: str) -> None:
        """Wakes all who listen for this organization, and those who listen for any."""
        for listened_for in (organization_id, None):
            if rung := self._listeners.pop(listened_for, None):
                rung.set()

    def ring_all(self, patience: float) -> None:
        """Wakes everybody, to look for what was missed; from now on they are as patient as said."""
        self.patience = patience
        listeners, self._listeners = self._listeners, {}
        for rung in listeners.values():
            rung.set()

    def listen(self, organization_id: str | None) -> asyncio.Event:
        """What the next ring for this organization will set; for None, the next ring at all."""
        return self._listeners.setdefault(organization_id, asyncio.Event())


async def rung_or_timed_out(rung: asyncio.Event, seconds: float) -> None:
    """Returns at the ring, or after `seconds` without one."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await rung.wait()
