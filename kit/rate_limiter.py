"""How often something may be done, for each of many keys, within this process: token buckets in bounded memory."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

_MAX_KEYS = 10_000


class RateLimiter:
    """A bucket for each key: as many at once as `per_minute`, or as `burst` says, and `per_minute` in the long run.

    A bucket is one number: when it would be full again (https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm).
    Of too many keys, those are forgotten that were used longest ago.
    """

    def __init__(
        self,
        per_minute: float,
        *,
        burst: int | None = None,
        max_keys: int = _MAX_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """All buckets are full."""
        self._interval = 60 / per_minute
        self._slack = self._interval * ((per_minute if burst is None else burst) - 1)
        self._max_keys = max_keys
        self._clock = clock
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()

    def acquire(self, key: Hashable) -> float:
        """Takes one from the key's bucket and gives 0, or takes none and gives the seconds until there is one."""
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
