"""The breaker opens after ten failures of the last twenty calls, and lets one call through a minute later."""

from datetime import UTC, datetime, timedelta

from kit.circuit_breaker import BreakerState, CircuitBreaker

_START = datetime(2026, 1, 1, tzinfo=UTC)
_PAUSE = timedelta(seconds=60)


def _after(*results: bool) -> CircuitBreaker:
    """A breaker after these calls; True stands for a failure."""
    breaker = CircuitBreaker()
    for failed in results:
        breaker.record(_START, failed=failed)
    return breaker


def test_ten_failures_of_twenty_open_it_and_nine_do_not() -> None:
    assert _after(*[True, False] * 9).state(_START) is BreakerState.CLOSED
    assert _after(*[True, False] * 9, *[True]).state(_START) is BreakerState.OPEN
    assert _after(*[True] * 9, *[False] * 12, *[True] * 9).state(_START) is BreakerState.CLOSED


def test_no_call_is_made_while_it_is_open_and_one_a_minute_later() -> None:
    breaker = _after(*[True] * 10)
    assert [breaker.allowed(_START + _PAUSE * part, 5) for part in (0, 0.99, 1, 2)] == [0, 0, 1, 1]
    assert _after().allowed(_START, 5) == 5


def test_the_call_of_a_half_open_one_decides() -> None:
    breaker = _after(*[True] * 10)
    later = _START + _PAUSE
    breaker.record(later, failed=True)
    assert breaker.state(later + _PAUSE * 0.99) is BreakerState.OPEN
    breaker.record(later + _PAUSE, failed=False)
    assert breaker.state(later + _PAUSE) is BreakerState.CLOSED
    for _ in range(9):
        breaker.record(later + _PAUSE, failed=True)
    assert breaker.state(later + _PAUSE) is BreakerState.CLOSED, "it has forgotten the failures of before"


def test_results_that_arrive_while_it_is_open_change_nothing() -> None:
    breaker = _after(*[True] * 10)
    breaker.record(_START, failed=False)
    assert breaker.state(_START) is BreakerState.OPEN
    breaker.record(_START + _PAUSE / 2, failed=True)
    assert breaker.state(_START + _PAUSE) is BreakerState.HALF_OPEN
