"""Notifies this process's readers that an organization's log grew. Carries no data, and may lose a notification."""

import asyncio
from contextlib import suppress

# The interval at which readers poll while notifications of other processes may be lost.
POLL_SECONDS = 1.0


class Notifier:
    """Listen, read the log, then wait: then no notification in between is lost.

    `poll_seconds`: after this long without a notification, read anyway, in case another process wrote and its
    notification was lost.
    """

    def __init__(self) -> None:
        self._listeners: dict[str | None, asyncio.Event] = {}
        self.poll_seconds = POLL_SECONDS

    def notify(self, organization_id: str) -> None:
        """Notifies the listeners of this organization, and those of any organization."""
        for listened_for in (organization_id, None):
            if grown := self._listeners.pop(listened_for, None):
                grown.set()

    def notify_all(self, poll_seconds: float) -> None:
        """Notifies every listener, since notifications may have been missed, and sets `poll_seconds`."""
        self.poll_seconds = poll_seconds
        listeners, self._listeners = self._listeners, {}
        for grown in listeners.values():
            grown.set()

    def listen(self, organization_id: str | None) -> asyncio.Event:
        """The event that this organization's next notification sets; None listens for any organization."""
        return self._listeners.setdefault(organization_id, asyncio.Event())


async def notified_or_timed_out(grown: asyncio.Event, seconds: float) -> None:
    """Returns at the notification, or after `seconds` without one."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await grown.wait()
