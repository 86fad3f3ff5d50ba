"""Checks credentials with Stripe when they are due: with at most five calls a second.

A restricted key is asked about with several calls, so fewer are checked at once, and the next wait for as long as so
many calls take.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from kit.circuit_breaker import BreakerState
from models import Credential
from models.querying import count_checks, next_check
from resolvers.check_state import CheckState
from resolvers.context import utc_now
from resolvers.credentials.check import check, mode_of
from resolvers.credentials.permissions import calls_of_check, most_calls
from resolvers.credentials.schedule import claim_due
from resolvers.daemons.daemon import Daemon
from resolvers.kit.failures import Failures
from resolvers.services import Services

_PER_SECOND = 5
# Other processes make checks due, too. A claim of one that died ends without a notification.
_MAX_SLEEP_SECONDS = 10.0
_OFF_SECONDS = 86_400.0
_MINUTE = timedelta(minutes=1)

_logger = logging.getLogger(__name__)


async def check_due(services: Services, clock: Callable[[], datetime] = utc_now) -> float:
    """Checks what is due and may be checked now; returns the seconds until more may be."""
    state = services.checks
    if not state.interval:
        return _OFF_SECONDS
    await _count(services, clock())
    claimed = await _claim(services, clock())
    began = time.monotonic()
    results = await asyncio.gather(*(check(services, row, clock) for row in claimed), return_exceptions=True)
    _report(services, clock())
    _raise_first(claimed, results)
    if claimed:
        calls = sum(calls_of_check(services, credential) for credential in claimed)
        return max(0.0, max(1, calls / _PER_SECOND) - (time.monotonic() - began))
    return await _pause(state, clock())


async def _claim(services: Services, now: datetime) -> list[Credential]:
    claimed, most = list[Credential](), max(1, _PER_SECOND // most_calls(services))
    for destination, breaker in services.checks.breakers.items():
        claimed += await claim_due(services, destination, breaker.allowed(now, most - len(claimed)), now)
    return claimed


def _raise_first(claimed: Sequence[Credential], results: Sequence[object]) -> None:
    """Raises the first failure of a row. All have been tried: a claim of one that failed ends by itself."""
    failures = Failures()
    for credential, result in zip(claimed, results, strict=True):
        if isinstance(result, Exception):
            failures.add(credential.id, result)
    failures.raise_first()


async def _count(services: Services, now: datetime) -> None:
    """Counts the credentials once a minute: the pace depends on their number."""
    state = services.checks
    if state.counted_at is not None and now - state.counted_at < _MINUTE:
        return
    counts = await count_checks(now)
    state.totals = {destination: total for destination, (total, _) in counts.items()}
    state.counted_at = now
    for destination in state.breakers:
        services.measures.checks_due(mode_of(destination), counts.get(destination, (0, 0))[1])


def _report(services: Services, now: datetime) -> None:
    """Logs the failures of a minute in one line, because a Stripe that is down fails every check."""
    state = services.checks
    for destination, breaker in state.breakers.items():
        services.measures.breaker(mode_of(destination), breaker.state(now) is not BreakerState.CLOSED)
    if not state.failures or (state.logged_at is not None and now - state.logged_at < _MINUTE):
        return
    causes = ", ".join(f"{cause}: {count}" for cause, count in state.failures.most_common())
    fields = {"failed": state.failures.total(), "causes": causes}
    _logger.warning("Credentials could not be checked with Stripe; their status stands.", extra={"fields": fields})
    state.failures.clear()
    state.logged_at = now


async def _pause(state: CheckState, now: datetime) -> float:
    """The seconds until the next check is due: a second if one is, but has to wait for the pace or the breaker."""
    dues = [due for destination in state.breakers if (due := await next_check(destination, now)) is not None]
    waits = [(due - now).total_seconds() for due in dues]
    return min(_MAX_SLEEP_SECONDS, max(1.0, min(waits, default=_MAX_SLEEP_SECONDS)))


DAEMON = Daemon("checks", check_due)
