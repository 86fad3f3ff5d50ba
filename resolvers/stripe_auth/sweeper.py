"""Sweeps when something is due, not every second."""

import logging
from contextlib import AbstractAsyncContextManager

from adapters.notifier import rung_or_timed_out
from kit.background import in_background
from resolvers.context import Services, utc_now
from resolvers.idempotency import forget_old
from resolvers.stripe_auth.sweep import expire_due, forget_old_attempts, next_due, tell_expiring

# How long to sleep when nothing is due. What another process begins is due a whole time to live later: looking twice in
# that time is enough to be punctual, also if that process has died.
_LONGEST_SLEEP = 30.0
_AFTER_FAILURE = 1.0
# Before what is due comes first, there is time for what is not urgent.
_TIME_ENOUGH = 0.5

_logger = logging.getLogger(__name__)


def sweeping(services: Services) -> AbstractAsyncContextManager[None]:
    """Sweeps for as long as the context lasts."""
    return in_background(_sweep_for_ever(services))


async def _sweep_for_ever(services: Services) -> None:
    while True:
        rung = services.bell.listen(None)
        try:
            seconds = await _sweep(services)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody else sweeps
            _logger.warning("Sweeping failed (%s); trying again.", type(error).__name__)
            seconds = _AFTER_FAILURE
        await rung_or_timed_out(rung, seconds)


async def _sweep(services: Services) -> float:
    """Does what is due, and returns how long nothing will be, in seconds."""
    now = utc_now()
    await expire_due(services, now)
    await tell_expiring(services, now)
    seconds = await _seconds_until_due(services)
    if seconds >= _TIME_ENOUGH:
        await forget_old_attempts(now)
        await forget_old(now)
        return await _seconds_until_due(services)
    return seconds


async def _seconds_until_due(services: Services) -> float:
    longest = min(_LONGEST_SLEEP, services.auth_rules.time_to_live.total_seconds() / 2)
    due = await next_due()
    return longest if due is None else min(longest, max(0.0, (due - utc_now()).total_seconds()))
