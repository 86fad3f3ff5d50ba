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


def test_waiting_takes_nothing() -> None:
    buckets = RateLimiter(60, burst=1, clock=Clock())
    assert [buckets.wait("a"), buckets.wait("a"), buckets.acquire("a")] == [0, 0, 0]
    assert buckets.wait("a") == pytest.approx(1)
    assert len(buckets) == 1


def test_any_number_of_keys_takes_bounded_memory() -> None:
    buckets = RateLimiter(2, max_keys=100, clock=Clock())
    for number in range(10_000):
        buckets.acquire(f"once {number}")
        assert len(buckets) <= 100


def test_keys_of_others_neither_free_who_is_limited_nor_limit_who_is_not() -> None:
    clock = Clock()
    buckets = RateLimiter(3, max_keys=100, clock=clock)
    assert _taken(buckets, "guilty", 9) == 3
    for number in range(10_000):
        buckets.acquire(f"flood {number}")
    assert buckets.acquire("guilty") > 0
    assert _taken(buckets, "innocent", 9) == 3
    clock.seconds += 20.001
    assert _taken(buckets, "guilty", 9) == 1


def test_a_flood_of_exhausted_keys_limits_nobody_else() -> None:
    buckets = RateLimiter(3, max_keys=100, clock=Clock())
    for number in range(1000):
        _taken(buckets, f"flood {number}", 9)
    assert _taken(buckets, "innocent", 9) in {3, 4}, "its first one may be forgotten"
