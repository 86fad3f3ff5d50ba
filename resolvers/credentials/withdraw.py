"""Ending access at Stripe that no credential uses: a deleted credential's, or that of a grant which was not stored.

A row is written with the change that makes the access useless, so that a killed process or an unavailable Stripe
delays the end, and does not prevent it. Attempts are repeated for some days.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from adapters.database import DATABASE_ERRORS
from adapters.vault import EncryptionContext, UnreadableError
from kit.secret import Secret
from models import (
    Credential,
    CredentialProblem,
    Destination,
    StripeAuth,
    StripeAuthFlow,
    StripeAuthStatus,
    Withdrawal,
)
from resolvers.context import utc_now
from resolvers.credentials.sealing import secret_context
from resolvers.kit.failures import Failures
from resolvers.rows import connected_by_oauth
from resolvers.services import Services

_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=6)
# About three days, and one day. Later than that, an uninstalled app may have been installed again.
_MAX_ATTEMPTS = {StripeAuthFlow.CONNECT: 20, StripeAuthFlow.STRIPE_APP: 14}
_BATCH = 100
_CODE_LIFETIME = timedelta(minutes=5)  # https://docs.stripe.com/connect/oauth-reference#get-authorize-response
_WAIT_SECONDS = 0.1
# The pauses before a grant's withdrawal is written, in seconds: its change failed, perhaps with the database.
_WRITING_PAUSES = (0, 1, 2, 4, 8, 16, 32, 64, 128)

_logger = logging.getLogger(__name__)


def token_context(row: Withdrawal) -> EncryptionContext:
    """The encryption context of a withdrawal's token."""
    return EncryptionContext(row.organization_id, row.id, "token")


async def plan_withdrawal_of(services: Services, credential: Credential) -> Withdrawal | None:
    """Plans to end the access of a credential, in the transaction that deletes it; None if it has no access."""
    if credential.flow is None or credential.account_id is None:
        return None
    if credential.problem is CredentialProblem.DEAUTHORIZED:
        return None
    token = None
    try:
        token = services.vault.open(credential.sealed_secret or "", secret_context(credential))
    except UnreadableError:
        _logger.warning("Access at Stripe is withdrawn without its token, which cannot be decrypted.")
    account_id = credential.account_id
    destination, flow = credential.destination, credential.flow
    return await plan_withdrawal(services, credential.organization_id, account_id, destination, token, flow)


async def plan_withdrawal(
    services: Services,
    organization_id: str,
    account_id: str,
    destination: Destination,
    token: Secret | None,
    flow: StripeAuthFlow = StripeAuthFlow.CONNECT,
) -> Withdrawal:
    """Plans to end access. The caller makes the first attempt, and the daemon takes over if it does not."""
    now = utc_now()
    row = Withdrawal(
        organization_id=organization_id,
        account_id=account_id,
        destination=destination,
        flow=flow,
        attempts=1,
        **_claim(services, now),
        created_at=now,
    )
    row.sealed_token = services.vault.seal(token, token_context(row)) if token else None
    await row.save(force_create=True)
    return row


async def withdraw_now(services: Services, row: Withdrawal) -> bool:
    """Makes the first attempt, after the commit; returns False if it has to be repeated."""
    try:
        return await withdraw(services, row)
    except DATABASE_ERRORS:  # the change is committed, so its caller must not fail
        return False


async def withdraw(services: Services, row: Withdrawal, own: StripeAuth | None = None) -> bool:
    """Makes an attempt that is claimed; returns False if it has to be repeated.

    Stripe has one connection per account and platform, which the credentials of several organizations may share. A
    connection that a credential depends on by now stays. While a code is exchanged, nobody knows for which account, so
    the attempt is postponed; `own` is an authorization whose grant is to end.
    """
    exchanged = _exchanged(row.destination).exclude(id=own.id if own else "")
    if await exchanged.exists():  # looked at first: its credential is connected in the same transaction
        return await _postpone(services, row)
    if await connected_by_oauth(row.account_id, row.destination, row.flow).exists():
        return await _end(services, row, "not_needed")
    token = _token(services, row)
    livemode = row.destination.livemode
    platform = services.platform(row.flow)
    if await platform.end_access(livemode=livemode, account_id=row.account_id, token=token):
        return await _end(services, row, "done")
    return await _postpone(services, row)


async def _postpone(services: Services, row: Withdrawal) -> bool:
    """Plans the next attempt, if there is one; returns False."""
    if row.attempts >= _MAX_ATTEMPTS[row.flow]:
        _report_abandoned(row.account_id)
        await _end(services, row, "abandoned")
        return False
    due_at = utc_now() + min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (row.attempts - 1))
    await Withdrawal.filter(id=row.id, attempts=row.attempts).update(due_at=due_at, claimed_until=None)
    services.measures.withdrawal("postponed")
    return False


async def withdraw_due(services: Services, now: datetime) -> None:
    """Makes the attempts that are due. Of several processes, the one whose update counts the attempt makes it."""
    failures = Failures()
    for row in await Withdrawal.filter(due_at__lte=now).order_by("due_at").limit(_BATCH):
        unclaimed = Withdrawal.filter(id=row.id, attempts=row.attempts)
        row.attempts += 1
        try:
            if await unclaimed.update(attempts=row.attempts, **_claim(services, utc_now())):
                await withdraw(services, row)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other withdrawals go on
            failures.add(row.id, error)
    failures.raise_first()


async def attempts_ended(destination: Destination) -> None:
    """Waits for the attempts that are being made. Later ones are postponed while an authorization is claimed."""
    claimed = Withdrawal.filter(destination=destination, claimed_until__gt=utc_now())
    ids = [row.id for row in await claimed]
    while ids and await Withdrawal.filter(id__in=ids, claimed_until__gt=utc_now()).exists():  # noqa: ASYNC110 - any process's
        await asyncio.sleep(_WAIT_SECONDS)


async def next_withdrawal() -> datetime | None:
    """The time of the next attempt."""
    row = await Withdrawal.all().order_by("due_at").first()
    return row.due_at if row else None


async def give_back(services: Services, attempt: StripeAuth, account_id: str, token: Secret) -> None:
    """Ends the access of a grant whose transaction failed, once the database can be written again.

    Until then, only the log knows the account.
    """
    organization_id, destination = attempt.organization_id, attempt.destination
    for pause in _WRITING_PAUSES:
        await asyncio.sleep(pause)
        try:
            row = await plan_withdrawal(services, organization_id, account_id, destination, token, attempt.flow)
        except DATABASE_ERRORS as error:
            _logger.warning("The withdrawal of %s could not be stored (%s).", account_id, type(error).__name__)
        else:
            await withdraw(services, row, own=attempt)
            return
    _report_abandoned(account_id)


def longest_attempt(services: Services) -> timedelta:
    """The time in which an attempt ends: a call to Stripe, with statements of the database."""
    return timedelta(seconds=2 * services.stripe.timeout)


def _claim(services: Services, now: datetime) -> dict[str, datetime]:
    """The columns of an attempt that begins now. If its process dies, the next attempt is due later."""
    claimed_until = now + longest_attempt(services)
    return {"claimed_until": claimed_until, "due_at": claimed_until + _FIRST_PAUSE}


def _exchanged(destination: Destination) -> QuerySet[StripeAuth]:
    """The authorizations whose code is being exchanged. One that a crash has left expires soon after its code."""
    unexpired = utc_now() - _CODE_LIFETIME
    return StripeAuth.filter(destination=destination, status=StripeAuthStatus.CLAIMED, expires_at__gt=unexpired)


def _token(services: Services, row: Withdrawal) -> Secret | None:
    try:
        return services.vault.open(row.sealed_token, token_context(row)) if row.sealed_token else None
    except UnreadableError:
        return None


async def _end(services: Services, row: Withdrawal, outcome: str) -> bool:
    await row.delete()
    services.measures.withdrawal(outcome)
    return True


def _report_abandoned(account_id: str) -> None:
    _logger.error("Access to %s remains at Stripe. Revoke it in the Stripe Dashboard.", account_id)
