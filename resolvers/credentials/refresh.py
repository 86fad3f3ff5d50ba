"""Refreshing the access token of a Stripe App's credential, which ends an hour after it was granted.

A refresh token works once, and its use ends the access token that partners hold. So a token is refreshed when somebody
needs it, and at the earliest five minutes before its end: partners are told that earlier time, and ask again after it.

Of all processes, the one with the claim on the row asks Stripe, outside any transaction, and the others wait for the
row. It renews its claim each second while it runs. A claim that stays the same was left by a process that died, perhaps
after Stripe had answered: then the stored tokens may be dead, and whoever needs one asks Stripe. A claim is compared
with itself alone, because the clocks of two machines may differ by more than it lasts.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adapters.stripe.apps import RefreshRefusedError
from adapters.stripe.causes import Cause
from adapters.stripe.gateway import StripeUnavailableError
from adapters.stripe.grants import Grant
from adapters.vault import UnreadableError
from kit.background import in_background
from kit.detached_tasks import run_detached
from kit.secret import Secret
from models import Credential, CredentialProblem, CredentialStatus
from resolvers.context import Context
from resolvers.credentials.access import is_due
from resolvers.credentials.refresh_claim import claim, record_failure, record_refusal, renewing, store_grant
from resolvers.credentials.sealing import open_refresh_token

MOST = 10_000
# A process that was killed delays the next refresh by so much. Twice at once is safe, only one of them gets a grant.
_CLAIM_SECONDS = 3.0
# A wait reads the row after a quarter of the time that it has lasted, within these limits.
_FIRST_POLL_SECONDS, _LAST_POLL_SECONDS = 0.1, 1.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Need:
    """Somebody needs an access token of a credential.

    `refused` is the sealed token that Stripe does not accept, although it has not ended. `deauthorized`: Stripe has
    reported that a user ended the access. `again`: a refresh was refused, and is to be tried again.
    """

    context: Context
    credential_id: str
    refused: str | None = None
    deauthorized: bool = False
    again: bool = False

    def is_met(self, row: Credential) -> bool:
        """Whether the row has a token to use, or never will."""
        if self.again and row.problem is CredentialProblem.REFRESH_FAILED:
            return False
        works = row.status is CredentialStatus.CONNECTED and row.access_expires_at is not None
        return not works or not (is_due(row, self.context.now()) or row.sealed_secret == self.refused)


@dataclass(slots=True)
class ClaimWatch:
    """Another process's claim, and since when this process has seen it."""

    clock: Callable[[], float] = time.monotonic
    began: float = field(init=False)
    claimed_until: datetime | None = None
    since: float = 0.0

    def __post_init__(self) -> None:
        self.began = self.clock()

    def waits_for(self, claimed_until: datetime | None) -> bool:
        """Whether the claim's process lives, as far as is known."""
        now = self.clock()
        if claimed_until != self.claimed_until:
            self.claimed_until, self.since = claimed_until, now
        return claimed_until is not None and now - self.since < _CLAIM_SECONDS

    def pause(self) -> float:
        """The seconds until the row is read again."""
        return min(max((self.clock() - self.began) / 4, _FIRST_POLL_SECONDS), _LAST_POLL_SECONDS)


async def with_fresh_token(
    context: Context, seen: Credential, *, is_refused: bool = False, deauthorized: bool = False
) -> Credential:
    """The credential with a token that is not due, or disconnected if Stripe refuses to refresh it.

    A refresh that was refused before is tried again: this server may have had a wrong key. `is_refused`: Stripe does
    not accept the token that was seen. Call it outside any transaction; commits a held one. Raises
    StripeUnavailableError or EncryptionKeyMissing.
    """
    again = seen.problem is CredentialProblem.REFRESH_FAILED
    need = Need(context, seen.id, seen.sealed_secret if is_refused else None, deauthorized, again)
    if need.is_met(seen):
        return seen
    await context.transactions.commit()  # its lock would keep the refresh waiting
    credential: Credential | None = await context.services.refreshes.submit(seen.id, need)
    return credential or seen


async def refresh_together(needs: Sequence[Need]) -> Sequence[Credential | None]:
    """Refreshes the token that all of these need, once; returns the credential as it then is, None if it is gone."""
    caller = next((need.context.caller for need in needs if need.context.caller), None)
    context = Context(needs[0].context.services, caller, needs[0].context.now)
    credential = await run_detached(_refresh(context, needs))
    return [credential] * len(needs)


async def _refresh(context: Context, needs: Sequence[Need]) -> Credential | None:
    deauthorized, watch = any(need.deauthorized for need in needs), ClaimWatch()
    while True:
        row = await _read(context, needs[0].credential_id)
        if row is None or all(need.is_met(row) for need in needs):
            return row
        if not watch.waits_for(row.refresh_claimed_until):
            _refuse_paused(context, row)
            if await _refresh_unclaimed(context, row, deauthorized=deauthorized):
                return await _read(context, row.id)
        await asyncio.sleep(watch.pause())


async def _read(context: Context, id_: str) -> Credential | None:
    credential: Credential | None = await context.services.waited_for.submit("", id_)
    return credential


async def read_together(ids: Sequence[str]) -> Sequence[Credential | None]:
    """Reads the rows of all waits in one statement, so that they use one connection however many they are."""
    rows = {row.id: row for row in await Credential.filter(id__in=set(ids)).select_related("organization")}
    return [rows.get(id_) for id_ in ids]


def _refuse_paused(context: Context, row: Credential) -> None:
    """Raises StripeUnavailableError if Stripe has failed to refresh the token recently."""
    if row.refresh_paused_until is not None and row.refresh_paused_until > context.now():
        seconds = (row.refresh_paused_until - context.now()).total_seconds()
        raise StripeUnavailableError(Cause.STRIPE_FAILED, max(1, round(seconds)))


async def _refresh_unclaimed(context: Context, row: Credential, *, deauthorized: bool) -> bool:
    """Claims the row, asks Stripe, and stores its answer before anything else happens.

    Returns False if the row has changed.
    """
    try:
        token = open_refresh_token(context, row)
    except UnreadableError:
        await record_refusal(context, row, None, CredentialProblem.UNREADABLE, context.now())
        return True
    if not await claim(context, row):
        return False
    began = context.now()
    try:
        async with in_background(renewing(context, row)):
            grant = await _ask(context, row, token)
            await store_grant(context, row, token, grant, began)
    except RefreshRefusedError:
        problem = CredentialProblem.DEAUTHORIZED if deauthorized else CredentialProblem.REFRESH_FAILED
        await record_refusal(context, row, token, problem, began)
    except StripeUnavailableError as error:
        await record_failure(context, row, token, began, error.retry_after)
        raise
    return True


async def _ask(context: Context, claimed: Credential, token: Secret) -> Grant:
    livemode = claimed.destination.livemode
    if not context.services.apps.serves(livemode=livemode):
        raise StripeUnavailableError(Cause.PLATFORM_KEY_REFUSED)
    grant = await context.services.apps.refresh(livemode=livemode, token=token)
    if (grant.account_id, grant.livemode) != (claimed.account_id, livemode):
        _logger.error("Stripe refreshed a token with that of another account or mode. It is not used.")
        raise RefreshRefusedError
    return grant
