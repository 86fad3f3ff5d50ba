"""The loop of every daemon: run the due work, then sleep until more is due."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.notifier import notified_or_timed_out
from resolvers.context import utc_now
from resolvers.services import Services

_RETRY_SECONDS = 1.0
# Each look reads the database: without a rest, writers in a row would cost as much again in looks.
_REST_SECONDS = 0.25

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Daemon:
    """`work` runs due work and returns the seconds until more is due.

    `wakes_on_events`: it also runs after events, once after many in a row. `wakes` returns an event that is set when
    it is to run for a reason of its own.
    """

    name: str
    work: Callable[[Services], Awaitable[float]]
    wakes_on_events: bool = False
    wakes: Callable[[], asyncio.Event] = asyncio.Event

    async def run(self, services: Services) -> None:
        """Runs until cancelled. Failures are logged and retried, because no other task does this work."""
        while True:
            woken = services.notifier.grown() if self.wakes_on_events else self.wakes()
            try:
                seconds = await self.work(services)
            except Exception as error:  # noqa: BLE001 - retried; logged by its type, because its text may quote a row
                _logger.warning("The daemon %s failed (%s); retrying.", self.name, type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)  # however many events there are meanwhile
            else:
                rest = min(seconds, _REST_SECONDS) if self.wakes_on_events else 0
                await asyncio.sleep(rest)
                await notified_or_timed_out(woken, seconds - rest)


def seconds_until(due: datetime | None, longest: float) -> float:
    """The seconds until more is due; `longest` if that is later, or unknown."""
    return longest if due is None else min(longest, max(0.0, (due - utc_now()).total_seconds()))
