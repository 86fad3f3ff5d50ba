"""Rate limits per key and process: token buckets in bounded memory."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

_MAX_KEYS = 10_000


class RateLimiter:
    """A token bucket for each key: it allows `burst` at once, which is `per_minute` by default, and then `per_minute`.

    A bucket is one number, the time at which it is full again (the generic cell rate algorithm:
    https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm). Beyond `max_keys`, the least recently used are dropped.
    """

    def __init__(
        self,
        per_minute: float,
        *,
        burst: int | None = None,
        max_keys: int = _MAX_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval = 60 / per_minute
        self._slack = self._interval * ((per_minute if burst is None else burst) - 1)
        self._max_keys = max_keys
        self._clock = clock
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def acquire(self, key: Hashable) -> float:
        """Takes a token from the key's bucket and returns 0, or returns the seconds until there is one."""
        now = self._clock()
        full_at = max(self._full_at.pop(key, now), now)
        wait = full_at - now - self._slack
        if wait <= 0:
            full_at += self._interval
        self._full_at[key] = full_at
        if len(self._full_at) > self._max_keys:
            self._full_at.popitem(last=False)
        return max(wait, 0.0)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._full_at)
