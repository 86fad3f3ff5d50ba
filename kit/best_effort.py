"""Optional work: a failure is logged instead of raised, and pauses further attempts."""

import logging
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any

_logger = logging.getLogger(__name__)


class BestEffort:
    """Runs optional work. After a failure it runs none for a while, so that an outage costs and logs little."""

    def __init__(self, name: str, pause: timedelta) -> None:
        self._name = name
        self._pause = pause
        self._failed_at: datetime | None = None

    def paused(self, now: datetime) -> bool:
        """Whether a failure was so recent that the work would fail again."""
        return self._failed_at is not None and now - self._failed_at < self._pause

    async def run(self, work: Awaitable[Any], now: datetime) -> None:
        """Awaits the work. Check `paused` before you create it."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - optional work must not fail its caller
            self._failed_at = now
            _logger.warning("Could not %s (%s); pausing that.", self._name, type(error).__name__)
