"""Rate limits per key and process: token buckets in bounded memory."""

import heapq
import time
from collections.abc import Callable, Hashable

_MAX_KEYS = 10_000


class RateLimiter:
    """A token bucket for each key: it allows `burst` at once, which is `per_minute` by default, and then `per_minute`.

    A bucket is one number, the time at which it is full again (the generic cell rate algorithm:
    https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm). Beyond `max_keys`, the fullest half is dropped: it says
    the least. Nobody who fills the memory with new keys is allowed more under an old one, or keeps others out.
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
        self._full_at: dict[Hashable, float] = {}

    def acquire(self, key: Hashable) -> float:
        """Takes a token from the key's bucket and returns 0, or returns the seconds until there is one."""
        if wait := self.wait(key):
            return wait
        now = self._clock()
        self._full_at[key] = max(self._full_at.get(key, now), now) + self._interval
        if len(self._full_at) > self._max_keys:
            self._drop_fullest()
        return 0.0

    def wait(self, key: Hashable) -> float:
        """Returns the seconds until the key's bucket has a token, without taking it."""
        now = self._clock()
        return max(self._full_at.get(key, now) - now - self._slack, 0.0)

    def _drop_fullest(self) -> None:
        emptiest = heapq.nlargest(self._max_keys // 2, self._full_at.items(), key=lambda bucket: bucket[1])
        self._full_at = dict(emptiest)

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._full_at)
