"""Token buckets: how much at once, how much in the long run, for how many, and in how much memory."""

import pytest

from kit.rate_limiter import TokenBuckets


class Clock:
    """A clock that tests move on."""

    def __init__(self) -> None:
        """It begins somewhere."""
        self.seconds = 5000.0

    def __call__(self) -> float:
        """The time."""
        return self.seconds


def _taken(buckets: TokenBuckets, key: str, times: int) -> int:
    return [buckets.take(key) for _ in range(times)].count(0)


def test_a_bucket_holds_a_minutes_worth_and_fills_evenly() -> None:
    clock = Clock()
    buckets = TokenBuckets(30, clock=clock)
    assert _taken(buckets, "a", 100) == 30
    assert buckets.take("a") == pytest.approx(2)
    clock.seconds += 2.001
    assert _taken(buckets, "a", 100) == 1
    clock.seconds += 3600
    assert _taken(buckets, "a", 100) == 30


def test_what_is_refused_costs_nothing() -> None:
    clock = Clock()
    buckets = TokenBuckets(60, burst=1, clock=clock)
    assert _taken(buckets, "a", 1000) == 1
    clock.seconds += 1.001
    assert buckets.take("a") == 0


def test_one_may_be_allowed_at_a_time() -> None:
    buckets = TokenBuckets(60, burst=1, clock=Clock())
    assert buckets.take("a") == 0
    assert buckets.take("a") == pytest.approx(1)


def test_each_key_has_a_bucket_of_its_own() -> None:
    buckets = TokenBuckets(5, clock=Clock())
    assert [_taken(buckets, key, 9) for key in "ab"] == [5, 5]


def test_any_number_of_keys_takes_bounded_memory_and_those_in_use_stay() -> None:
    buckets = TokenBuckets(2, max_keys=100, clock=Clock())
    for number in range(10_000):
        buckets.take(f"once {number}")
        buckets.take("always")
    assert len(buckets) == 100
    assert buckets.take("always") > 0
