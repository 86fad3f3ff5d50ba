"""A circuit breaker over a sliding window: https://martinfowler.com/bliki/CircuitBreaker.html.

Libraries for asyncio count consecutive failures and read the clock themselves (docs/decisions/0040-checks.md).
"""

from collections import deque
from datetime import datetime, timedelta
from enum import StrEnum


class BreakerState(StrEnum):
    """Closed: calls are made. Open: none is made. Half-open: one is made, and decides."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """Opens after `failures` among the last `window` calls, and half-opens `pause` later."""

    def __init__(self, *, failures: int = 10, window: int = 20, pause: timedelta = timedelta(seconds=60)) -> None:
        self._failures = failures
        self._pause = pause
        self._recent = deque[bool](maxlen=window)
        self._opened_at: datetime | None = None

    def state(self, now: datetime) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now - self._opened_at < self._pause else BreakerState.HALF_OPEN

    def allowed(self, now: datetime, wanted: int) -> int:
        """How many of the wanted calls may begin now. Record their results before you ask again."""
        most = {BreakerState.CLOSED: wanted, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 0}
        return min(wanted, most[self.state(now)])

    def record(self, now: datetime, *, failed: bool) -> None:
        """Records the result of a call. One that began before the breaker opened decides nothing while it is open."""
        state = self.state(now)
        if state is BreakerState.HALF_OPEN:
            self._opened_at = now if failed else None
        if state is not BreakerState.CLOSED:
            return
        self._recent.append(failed)
        if sum(self._recent) >= self._failures:
            self._opened_at = now
            self._recent.clear()
