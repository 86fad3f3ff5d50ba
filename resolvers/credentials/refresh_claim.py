"""The row of a credential whose token is refreshed: claimed by one process, and changed by Stripe's answer.

Each step is a unit of work, so that no other writer of the organization saves the row as it was before. Only a renewal
is not: it would wait for the organization's other writers, and an older claim that one of them saves is a claim, too.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from adapters.database import DATABASE_ERRORS
from adapters.stripe.grants import Grant
from adapters.vault import UnreadableError
from kit.secret import Secret
from models import ActorKind, Credential, CredentialProblem, CredentialStatus
from resolvers.context import Context, Viewer, on_behalf_of, system_viewer, utc_now
from resolvers.credentials.access import TOKEN_FIELDS, adopt_tokens
from resolvers.credentials.schedule import CHECK_FIELDS, accept, fail
from resolvers.credentials.sealing import open_refresh_token
from resolvers.credentials.status import announce_status, disconnect
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.rows import save_changed

_RENEWAL_SECONDS = 1.0
# The end of a claim that is not renewed. It is written for the operator; others see that it does not move.
_CLAIM = timedelta(seconds=3)
_FIRST_PAUSE, _LAST_PAUSE = timedelta(seconds=1), timedelta(minutes=1)
_JITTER = 0.25
# The pauses before new tokens are stored, in seconds: the old ones are dead, so losing these loses the grant.
_STORING_PAUSES = (0, 0.1, 0.5, 1, 2, 4, 8, 16, 32, 64, 128)
_REFRESH_FIELDS = ("refresh_claimed_until", "refresh_paused_until")

_logger = logging.getLogger(__name__)


async def claim(context: Context, seen: Credential) -> bool:
    """Claims the row if it is as it was read. Saving a whole row ends no claim, because that has the lock, too."""
    async with _locked(context, seen) as (_, row):
        before = None if row is None else (row.refresh_claimed_until, row.sealed_refresh_token, row.status)
        if row is None or before != (seen.refresh_claimed_until, seen.sealed_refresh_token, seen.status):
            return False
        row.refresh_claimed_until = context.now() + _CLAIM
        await row.save(update_fields=_REFRESH_FIELDS)
    return True


async def renewing(context: Context, claimed: Credential) -> None:
    """Renews the claim until Stripe's answer is stored. Whoever dies renews it no more."""
    while True:
        await asyncio.sleep(_RENEWAL_SECONDS)
        try:
            await context.services.refresh_claims.submit("", claimed.id)
        except DATABASE_ERRORS as error:  # too short a claim is safe
            _logger.warning("The claim of a refresh could not be renewed (%s).", type(error).__name__)


async def renew_together(ids: Sequence[str]) -> Sequence[None]:
    """Renews the claims of this process in one statement, unless their answers have been stored meanwhile."""
    claimed = Credential.filter(id__in=set(ids), refresh_claimed_until__not_isnull=True)
    await claimed.update(refresh_claimed_until=utc_now() + _CLAIM)
    return [None] * len(ids)


async def store_grant(context: Context, claimed: Credential, token: Secret, grant: Grant, began: datetime) -> None:
    """Stores new tokens, once the database can be written."""
    for pause in _STORING_PAUSES:
        await asyncio.sleep(pause)
        try:
            async with _locked(context, claimed) as (log, row):
                if row is not None and _has_token(context, row, token):
                    await _store(context, log, row, grant, began)
        except DATABASE_ERRORS as error:
            _logger.warning("A refreshed token could not be stored (%s); retrying.", type(error).__name__)
        else:
            return
    _logger.error("A refreshed token could not be stored. Its account has to be connected again.")


async def _store(context: Context, log: Log, row: Credential, grant: Grant, began: datetime) -> None:
    """Stores new tokens. If another process was refused meanwhile, the credential works again."""
    if row.granted_scope != grant.scope:
        log.touch()
    adopt_tokens(context, row, grant, began)
    if row.problem is CredentialProblem.REFRESH_FAILED:
        row.status, row.problem = CredentialStatus.CONNECTED, None
        accept(context, row, began)
        await save_changed(context, row)
        await announce_status(log, row, CredentialStatus.DISCONNECTED)
        return
    fields = list(TOKEN_FIELDS)
    if row.failing_since is not None:
        accept(context, row, began)
        log.touch()
        fields += CHECK_FIELDS
    await row.save(update_fields=fields)


async def record_refusal(
    context: Context, claimed: Credential, token: Secret | None, problem: CredentialProblem, began: datetime
) -> None:
    """Disconnects a credential, unless somebody else has refreshed or reconnected it meanwhile."""
    ended = problem is CredentialProblem.DEAUTHORIZED
    async with _locked(context, claimed, system_viewer(claimed.organization, ActorKind.STRIPE) if ended else None) as (
        log,
        row,
    ):
        if row is None or (token is not None and not _has_token(context, row, token)):
            return
        row.refresh_claimed_until = row.refresh_paused_until = None
        if row.status is not CredentialStatus.CONNECTED:
            await row.save(update_fields=_REFRESH_FIELDS)
            return
        await disconnect(context, log, row, problem, began)


async def record_failure(
    context: Context, claimed: Credential, token: Secret, began: datetime, retry_after: int | None
) -> None:
    """Records that Stripe failed: nobody asks it again for as long as it has been failing, at most for a minute."""
    now = context.now()
    async with _locked(context, claimed) as (log, row):
        if row is None or not _has_token(context, row, token):
            return
        if row.status is CredentialStatus.CONNECTED:
            if row.failing_since is None:
                log.touch()
            fail(context, row, began, retry_after)
        failing = now - (row.failing_since or now)
        pause = min(max(failing, _FIRST_PAUSE), _LAST_PAUSE) * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - it spreads load
        row.refresh_paused_until = now + max(pause, min(timedelta(seconds=retry_after or 0), _LAST_PAUSE))
        row.refresh_claimed_until = None
        await row.save(update_fields=[*_REFRESH_FIELDS, *CHECK_FIELDS])


def _has_token(context: Context, row: Credential, token: Secret) -> bool:
    """Whether the row still has the refresh token that was sent. Rotating encryption keys changes the ciphertext."""
    try:
        return open_refresh_token(context, row) == token
    except UnreadableError:
        return False


@asynccontextmanager
async def _locked(
    context: Context, seen: Credential, actor: Viewer | None = None
) -> AsyncIterator[tuple[Log, Credential | None]]:
    """A unit of work with the row as it is now. By default, whoever needed the token is the actor."""
    async with unit_of_work(context, actor or on_behalf_of(context.caller, seen.organization)) as log:
        yield log, await Credential.get_or_none(id=seen.id)
