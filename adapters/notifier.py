"""Notifies this process's readers that an organization's log grew. Carries no data, and may lose a notification."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

# The interval at which readers poll while notifications of other processes may be lost.
POLL_SECONDS = 1.0


class Notifier:
    """Listen, read the log, then wait: then no notification in between is lost.

    `poll_seconds`: after this long without a notification, read anyway, in case another process wrote and its
    notification was lost.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[str], None]] = []
        self._grown = asyncio.Event()
        self._missed = asyncio.Event()
        self.poll_seconds = POLL_SECONDS

    def add_listener(self, listener: Callable[[str], None]) -> None:
        """Calls `listener` with the id of each organization whose log grew."""
        self._listeners.append(listener)

    def notify(self, organization_id: str) -> None:
        """Notifies all listeners that this organization's log grew."""
        for listener in self._listeners:
            listener(organization_id)
        self._grown = _set(self._grown)

    def notify_all(self, poll_seconds: float) -> None:
        """Notifies that any log may have grown, since notifications may have been missed; sets `poll_seconds`."""
        self.poll_seconds = poll_seconds
        self._missed = _set(self._missed)
        self._grown = _set(self._grown)

    def grown(self) -> asyncio.Event:
        """The event that the next notification about any organization sets."""
        return self._grown

    def missed(self) -> asyncio.Event:
        """The event that is set once notifications may have been missed."""
        return self._missed


def _set(event: asyncio.Event) -> asyncio.Event:
    """Sets the event; returns the one for those who listen from now on."""
    event.set()
    return asyncio.Event()


async def notified_or_timed_out(grown: asyncio.Event, seconds: float) -> None:
    """Returns at the notification, or after `seconds` without one."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await grown.wait()
