"""How long a refresh waits for another process's claim, by a clock of the test: statements take no time."""

from datetime import UTC, datetime, timedelta

import pytest

from resolvers.credentials.refresh import ClaimWatch

_CLAIM = datetime(2026, 1, 1, tzinfo=UTC)
_MINUTE = 60.0


class _Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize(("renewals", "most"), [(0, 4), (1, 5), (2, 5), (5, 5), (30, 5)])
def test_a_dead_claim_is_given_up(renewals: int, most: int) -> None:
    """By the next need after four seconds: one of the promised five is left for statements and Stripe.

    A need that has waited sees the last renewal with its next read, up to a second later.
    """
    clock = _Clock()
    began, watch = clock(), ClaimWatch(clock)
    while watch.waits_for(_CLAIM + timedelta(seconds=min(int(clock() - began), renewals))):
        clock.seconds += watch.pause()
    assert 3 <= clock() - began - renewals <= most


def test_a_claim_that_is_renewed_each_second_is_waited_for() -> None:
    clock = _Clock()
    began, watch = clock(), ClaimWatch(clock)
    while clock() - began < _MINUTE:
        assert watch.waits_for(_CLAIM + timedelta(seconds=int(clock() - began)))
        clock.seconds += watch.pause()


def test_no_claim_is_waited_for() -> None:
    assert not ClaimWatch().waits_for(None)
