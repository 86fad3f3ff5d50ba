"""The return of a user from Stripe: the code is exchanged once, and repeated calls return the stored outcome."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from adapters.stripe.gateway import StripeUnavailableError
from adapters.stripe.grants import Grant, GrantFault, GrantRefusedError, OutcomeUnknownError
from kit.detached_tasks import keep
from kit.secret import Secret
from models import Credential, CredentialStatus, Scope, StripeAuth, StripeAuthStatus
from resolvers.context import Context, Viewer
from resolvers.credentials.access import adopt_tokens
from resolvers.credentials.replacement import save_replaced
from resolvers.credentials.schedule import accept
from resolvers.credentials.status import announce_status
from resolvers.credentials.verify import verify
from resolvers.credentials.withdraw import attempts_ended, give_back, longest_attempt, plan_withdrawal, withdraw_now
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.refusals import (
    Forbidden,
    NotFound,
    RateLimited,
    Refusal,
    StripeAuthFailed,
    StripeAuthFailure,
    StripeUnavailable,
    Unauthenticated,
)
from resolvers.rows import find_row, own_credentials, save_changed
from resolvers.stripe_auth.states import hash_of_code, hash_of_state
from resolvers.stripe_failures import unavailable

_DENIED = "access_denied"
_FAULTS = {
    GrantFault.REJECTED: StripeAuthStatus.REJECTED,
    GrantFault.MODE_MISMATCH: StripeAuthStatus.MODE_MISMATCH,
}
_WAIT_SECONDS = 0.1
# The call with the claim could not ask Stripe, so the code is unused.
_UNUSED = "Stripe could not be asked. Nothing was saved. Try again."
# Otherwise integrations would move to another account silently.
_OTHER_ACCOUNT = (
    "A different Stripe account than this credential's was approved. Start again and choose the same account."
)


async def complete(context: Context, *, state: str, code: Secret | None, error: str | None) -> Credential:
    """Connects the credential of an authorization, with the parameters of Stripe's redirect. Needs CONFIGURE.

    Only the viewer who started it can complete it. A repeated call has the same outcome and sends Stripe nothing.
    Raises StripeAuthFailed, or StripeUnavailable if the same call can be retried.
    """
    viewer = context.require(Scope.CONFIGURE)
    attempt = await _find(viewer, state, code)
    if attempt.status is StripeAuthStatus.PENDING:
        await _refuse_late(context, viewer, attempt)
        if error is not None:
            failed = StripeAuthStatus.DENIED if error == _DENIED else StripeAuthStatus.REJECTED
            await _move(attempt, StripeAuthStatus.PENDING, failed)
        elif code is None:
            raise StripeAuthFailed(StripeAuthFailure.REJECTED)
        else:
            await _claim_and_exchange(context, viewer, attempt, code)
    return await _outcome(context, viewer, attempt)


async def _find(viewer: Viewer, state: str, code: Secret | None) -> StripeAuth:
    """The viewer's attempt with this state, which Stripe has sent back with this code; raises StripeAuthFailed."""
    mine = StripeAuth.filter(organization_id=viewer.organization.id, viewer_id=viewer.id)
    attempt = await mine.filter(state_hash=hash_of_state(state)).get_or_none()
    if attempt is None or (code is not None and attempt.code_hash != hash_of_code(code)):
        raise StripeAuthFailed(StripeAuthFailure.UNKNOWN_STATE)
    return attempt


async def _refuse_late(context: Context, viewer: Viewer, attempt: StripeAuth) -> None:
    """Runs before the exchange, which would leave an account without a credential connected at Stripe."""
    credential = await find_row(own_credentials(context, viewer), "credential", attempt.credential_id)
    if attempt.expires_at <= context.now() or credential is None:
        raise StripeAuthFailed(StripeAuthFailure.EXPIRED)


async def _move(attempt: StripeAuth, before: StripeAuthStatus, after: StripeAuthStatus) -> bool:
    """Changes the status atomically; of concurrent callers, exactly one gets True."""
    return await StripeAuth.filter(id=attempt.id, status=before).update(status=after) == 1


async def _claim_and_exchange(context: Context, viewer: Viewer, attempt: StripeAuth, code: Secret) -> None:
    """Claims the attempt, exchanges the code and stores the outcome. Does nothing if another call has the claim."""
    if not await _move(attempt, StripeAuthStatus.PENDING, StripeAuthStatus.CLAIMED):
        return
    await attempts_ended(attempt.destination)
    try:
        platform, began = context.services.platform(attempt.flow), context.now()
        grant = await platform.exchange(livemode=attempt.destination.livemode, code=code)
    except GrantRefusedError as refused:
        await _move(attempt, StripeAuthStatus.CLAIMED, _FAULTS[refused.fault])
    except OutcomeUnknownError:
        await _move(attempt, StripeAuthStatus.CLAIMED, StripeAuthStatus.UNKNOWN)
    except StripeUnavailableError as error:
        await _move(attempt, StripeAuthStatus.CLAIMED, StripeAuthStatus.PENDING)
        raise unavailable(error) from None
    else:
        await _store_grant(context, viewer, attempt, grant, began)


async def _store_grant(context: Context, viewer: Viewer, attempt: StripeAuth, grant: Grant, began: datetime) -> None:
    """Stores a grant before it asks Stripe for the account. A grant that is not stored is given back."""
    access = grant.account_id, attempt.destination, grant.access_token, attempt.flow
    try:
        async with unit_of_work(context, viewer) as log:
            status = await _connect(context, viewer, log, attempt, grant, began)
            await _move(attempt, StripeAuthStatus.CLAIMED, status)
            stored = status is StripeAuthStatus.CONNECTED
            withdrawal = None if stored else await plan_withdrawal(context.services, viewer.organization.id, *access)
        await context.transactions.commit()
    except BaseException:  # whatever happened: the access would outlive it
        keep(asyncio.create_task(give_back(context.services, attempt, grant.account_id, grant.access_token)))
        raise
    if withdrawal is not None:
        await withdraw_now(context.services, withdrawal)
        return
    with suppress(StripeUnavailable, NotFound, RateLimited, Unauthenticated, Forbidden):
        await verify(context, attempt.credential_id)


async def _connect(
    context: Context, viewer: Viewer, log: Log, attempt: StripeAuth, grant: Grant, began: datetime
) -> StripeAuthStatus:
    """Seals a grant into the credential, if that still exists, in the caller's transaction."""
    if grant.livemode is not attempt.destination.livemode:
        return StripeAuthStatus.MODE_MISMATCH
    credential = await find_row(own_credentials(context, viewer), "credential", attempt.credential_id)
    if credential is None:
        return StripeAuthStatus.EXPIRED
    if credential.account_id not in (None, grant.account_id):
        return StripeAuthStatus.OTHER_ACCOUNT
    before = credential.status
    adopt_tokens(context, credential, grant, began)
    credential.account_id = grant.account_id
    credential.status, credential.problem, credential.expires_at = CredentialStatus.CONNECTED, None, None
    accept(context, credential, context.now())
    if before is CredentialStatus.INCOMPLETE:
        await save_changed(context, credential)
        await announce_status(log, credential, before)
    else:
        await save_replaced(context, log, credential, before)
    return StripeAuthStatus.CONNECTED


async def _outcome(context: Context, viewer: Viewer, attempt: StripeAuth) -> Credential:
    """Returns the credential, or raises the outcome that is stored with the attempt.

    If another call is exchanging the code, waits for as long as that call can take.
    """
    services = context.services
    deadline = context.now() + longest_attempt(services) + timedelta(seconds=services.stripe.timeout + 1)
    await attempt.refresh_from_db(fields=["status"])
    while attempt.status is StripeAuthStatus.CLAIMED and context.now() < deadline:
        await asyncio.sleep(_WAIT_SECONDS)
        await attempt.refresh_from_db(fields=["status"])
    if attempt.status is StripeAuthStatus.CONNECTED:
        credential = await find_row(own_credentials(context, viewer), "credential", attempt.credential_id)
        if credential is not None:
            return credential
    raise _refusal(attempt.status)


def _refusal(status: StripeAuthStatus) -> Refusal:
    """The error of an attempt without a connected credential."""
    if status is StripeAuthStatus.PENDING:
        return StripeUnavailable(_UNUSED)
    if status is StripeAuthStatus.UNKNOWN:
        return StripeAuthFailed(StripeAuthFailure.OUTCOME_UNKNOWN)
    if status is StripeAuthStatus.OTHER_ACCOUNT:
        return StripeAuthFailed(StripeAuthFailure.REJECTED, _OTHER_ACCOUNT)
    failed = status.name in StripeAuthFailure.__members__
    return StripeAuthFailed(StripeAuthFailure[status.name] if failed else StripeAuthFailure.ALREADY_USED)
