"""Token buckets: the burst, the sustained rate, the number of keys and the memory."""

import pytest

from kit.rate_limiter import RateLimiter


class Clock:
    """A clock that tests advance."""

    def __init__(self) -> None:
        """Starts at an arbitrary time."""
        self.seconds = 5000.0

    def __call__(self) -> float:
        """Returns the time."""
        return self.seconds


def _taken(buckets: RateLimiter, key: str, times: int) -> int:
    return [buckets.acquire(key) for _ in range(times)].count(0)


def test_a_bucket_holds_a_minutes_worth_and_fills_evenly() -> None:
    clock = Clock()
    buckets = RateLimiter(30, clock=clock)
    assert _taken(buckets, "a", 100) == 30
    assert buckets.acquire("a") == pytest.approx(2)
    clock.seconds += 2.001
    assert _taken(buckets, "a", 100) == 1
    clock.seconds += 3600
    assert _taken(buckets, "a", 100) == 30


def test_what_is_refused_costs_nothing() -> None:
    clock = Clock()
    buckets = RateLimiter(60, burst=1, clock=clock)
    assert _taken(buckets, "a", 1000) == 1
    clock.seconds += 1.001
    assert buckets.acquire("a") == 0


def test_one_may_be_allowed_at_a_time() -> None:
    buckets = RateLimiter(60, burst=1, clock=Clock())
    assert buckets.acquire("a") == 0
    assert buckets.acquire("a") == pytest.approx(1)


def test_each_key_has_a_bucket_of_its_own() -> None:
    buckets = RateLimiter(5, clock=Clock())
    assert [_taken(buckets, key, 9) for key in "ab"] == [5, 5]


def test_any_number_of_keys_takes_bounded_memory_and_those_in_use_stay() -> None:
    buckets = RateLimiter(2, max_keys=100, clock=Clock())
    for number in range(10_000):
        buckets.acquire(f"once {number}")
        buckets.acquire("always")
    assert len(buckets) == 100
    assert buckets.acquire("always") > 0
