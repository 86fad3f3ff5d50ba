"""When a credential is checked with Stripe: the pauses between checks, and claims of those that are due.

Checks come about once per interval, evenly. Jitter spreads the credentials that were added together. A pace that all
processes share spreads a backlog, such as after a restart: the oldest are checked first, a quarter faster than usual.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from models import CheckPace, Credential, Destination
from models.querying import claim_checks, next_check
from resolvers.context import Context
from resolvers.services import Services

# The fields that a check changes although it finds nothing new.
CHECK_FIELDS = ("checked_at", "verified_at", "failing_since", "refused_at", "next_check_at")

_JITTER = 0.1
_SECOND_LOOK = timedelta(seconds=60)
_FIRST_RETRY, _LAST_RETRY = timedelta(minutes=1), timedelta(hours=1)
_FIRST_HOPE, _LAST_HOPE = timedelta(hours=1), timedelta(days=1)
_HEADROOM = 1.25
_LONGEST_GAP = timedelta(minutes=1)
# A process that slept may catch up on the pace of this time.
_CATCH_UP = timedelta(seconds=10)


def accept(context: Context, credential: Credential, asked_at: datetime) -> None:
    """Records that Stripe accepts a credential. The caller saves it."""
    credential.checked_at = credential.verified_at = asked_at
    credential.failing_since = credential.refused_at = None
    credential.next_check_at = context.now() + _jittered(context.services.checks.interval)


def refuse(context: Context, credential: Credential, asked_at: datetime, *, confirmed: bool) -> None:
    """Records that Stripe refuses a credential: asked again soon until it is confirmed, then ever more rarely.

    The pause that is as long as the refusal has lasted doubles without a counter. The caller saves the credential.
    """
    now = context.now()
    credential.checked_at, credential.failing_since = asked_at, None
    credential.refused_at = credential.refused_at or asked_at
    hope = min(_FIRST_HOPE + (now - credential.refused_at), _LAST_HOPE)
    credential.next_check_at = now + (_jittered(hope) if confirmed else _SECOND_LOOK)


def fail(context: Context, credential: Credential, asked_at: datetime, retry_after: int | None) -> None:
    """Records that Stripe could not be asked, which says nothing about a credential. The caller saves it."""
    now = context.now()
    credential.checked_at = asked_at
    credential.failing_since = credential.failing_since or asked_at
    pause = min(max(now - credential.failing_since, _FIRST_RETRY), _LAST_RETRY)
    credential.next_check_at = now + max(_jittered(pause), min(timedelta(seconds=retry_after or 0), _LAST_HOPE))


def _jittered(pause: timedelta) -> timedelta:
    return pause * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - it spreads load, and protects nothing


def claim_end(services: Services, now: datetime) -> datetime:
    """The end of a claim, unless it is released: once a check with its probes and its transaction has ended for sure.

    A process that is killed while it checks a credential delays the next check by that.
    """
    return now + timedelta(seconds=30 + 2 * services.stripe.timeout)


async def claim_due(services: Services, destination: Destination, most: int, now: datetime) -> Sequence[str]:
    """Claims credentials whose check is due; first those that Stripe has refused once, then as many as the pace allows.

    Returns their ids, because a row may be unreadable. Release each after its check.
    """
    due = await next_check(destination, now) if most > 0 else None
    if due is None or due > now:
        return []
    until = claim_end(services, now)
    ids = await claim_checks(destination, now, until, most, unconfirmed=True)
    if slots := await _take_slots(services, destination, most - len(ids), now):
        ids += await claim_checks(destination, now, until, slots)
    return ids


async def _take_slots(services: Services, destination: Destination, most: int, now: datetime) -> int:
    """How many checks the pace of all processes allows to begin now. If two ask at once, one of them gets none."""
    pace = await CheckPace.get(destination=destination)
    gap = min(services.checks.interval / (_HEADROOM * max(1, services.checks.totals.get(destination, 1))), _LONGEST_GAP)
    begin = max(pace.free_at, now - _CATCH_UP)
    slots = min(most, int((now - begin) / gap) + 1) if begin <= now else 0
    if not slots:
        return 0
    unchanged = CheckPace.filter(destination=destination, free_at=pace.free_at)
    return slots if await unchanged.update(free_at=begin + slots * gap) else 0
