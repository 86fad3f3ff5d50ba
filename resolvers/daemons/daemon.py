"""How every daemon runs: do what is due, then sleep until something is due again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from adapters.notifier import notified_or_timed_out
from resolvers.services import Services

_RETRY_SECONDS = 1.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Daemon:
    """`work` does what is due and returns the seconds until more is due. `wakes_on_events`: also when any log grows."""

    name: str
    work: Callable[[Services], Awaitable[float]]
    wakes_on_events: bool = False

    async def run(self, services: Services) -> None:
        """Works until cancelled. A failure is logged, and the work tried again: no other task does it."""
        while True:
            grown = services.notifier.listen(None) if self.wakes_on_events else asyncio.Event()
            try:
                seconds = await self.work(services)
            except Exception as error:  # noqa: BLE001 - its text may quote a row
                _logger.warning("The daemon %s failed (%s); retrying.", self.name, type(error).__name__)
                seconds = _RETRY_SECONDS
            await notified_or_timed_out(grown, seconds)
