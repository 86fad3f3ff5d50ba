"""Taking a user back from Stripe: the code is exchanged once, and whoever asks again is told what came of it."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from adapters.stripe.connect import Grant, GrantFault, GrantRefusedError, OutcomeUnknownError
from adapters.stripe.gateway import StripeUnavailableError
from kit.secret import Secret
from models import Credential, CredentialStatus, EventKind, Scope, StripeAuth, StripeAuthStatus
from resolvers.context import Context, Viewer
from resolvers.credentials.delete import withdraw_access
from resolvers.credentials.sealing import secret_context
from resolvers.credentials.status import announce_status
from resolvers.credentials.verify import verify
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.refusals import (
    NotFound,
    RateLimited,
    Refusal,
    StripeAuthFailed,
    StripeAuthFailure,
    StripeOutcomeUnknown,
    StripeUnavailable,
)
from resolvers.rows import find_row, own_credentials, save_changed
from resolvers.stripe_auth.states import hash_of_state

_DENIED = "access_denied"
_FAULTS = {
    GrantFault.REJECTED: StripeAuthStatus.REJECTED,
    GrantFault.MODE_MISMATCH: StripeAuthStatus.MODE_MISMATCH,
}
_WAIT_SECONDS = 0.1
# Integrations would move to another account without anybody saying so.
_OTHER_ACCOUNT = (
    "A different Stripe account than this credential's was approved. Start again and choose the same account."
)


async def complete(context: Context, *, state: str, code: Secret | None, error: str | None) -> Credential:
    """Connects the credential that was begun, by what Stripe's redirect carried. Needs CONFIGURE.

    Only the viewer who began it may. The same call again has the same outcome and asks Stripe nothing. Raises
    StripeAuthFailed, StripeOutcomeUnknown, or StripeUnavailable when the same call may be tried again.
    """
    viewer = context.require(Scope.CONFIGURE)
    attempt = await _find(viewer, state)
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


async def _find(viewer: Viewer, state: str) -> StripeAuth:
    mine = StripeAuth.filter(organization_id=viewer.organization.id, viewer_id=viewer.id)
    attempt = await mine.filter(state_hash=hash_of_state(state)).get_or_none()
    if attempt is None:
        raise StripeAuthFailed(StripeAuthFailure.UNKNOWN_STATE)
    return attempt


async def _refuse_late(context: Context, viewer: Viewer, attempt: StripeAuth) -> None:
    """Before the code is used: an account that nobody has a credential for would stay connected at Stripe."""
    credential = await find_row(own_credentials(context, viewer), "credential", attempt.credential_id)
    if attempt.expires_at <= context.now() or credential is None:
        raise StripeAuthFailed(StripeAuthFailure.EXPIRED)


async def _move(attempt: StripeAuth, before: StripeAuthStatus, after: StripeAuthStatus) -> bool:
    """Moves an attempt on, unless somebody else has: of those who try at once, one does."""
    return await StripeAuth.filter(id=attempt.id, status=before).update(status=after) == 1


async def _claim_and_exchange(context: Context, viewer: Viewer, attempt: StripeAuth, code: Secret) -> None:
    """Exchanges the code, unless somebody else is about to, and notes what came of it."""
    if not await _move(attempt, StripeAuthStatus.PENDING, StripeAuthStatus.CLAIMED):
        return
    try:
        grant = await context.services.connect.exchange(livemode=attempt.destination.livemode, code=code)
    except GrantRefusedError as refused:
        await _move(attempt, StripeAuthStatus.CLAIMED, _FAULTS[refused.fault])
    except OutcomeUnknownError:
        await _move(attempt, StripeAuthStatus.CLAIMED, StripeAuthStatus.UNKNOWN)
    except StripeUnavailableError as away:
        await _move(attempt, StripeAuthStatus.CLAIMED, StripeAuthStatus.PENDING)
        raise StripeUnavailable(away.retry_after) from None
    else:
        await _keep(context, viewer, attempt, grant)


async def _keep(context: Context, viewer: Viewer, attempt: StripeAuth, grant: Grant) -> None:
    """Stores what was granted at once, and only then asks whose account it is; or gives it back."""
    async with unit_of_work(context, viewer) as log:
        status = await _connect(context, viewer, log, attempt, grant)
        await _move(attempt, StripeAuthStatus.CLAIMED, status)
    await context.transactions.commit()
    if status is StripeAuthStatus.CONNECTED:
        with suppress(StripeUnavailable, NotFound, RateLimited):
            await verify(context, attempt.credential_id)
    else:
        await withdraw_access(context, grant.account_id, attempt.destination)


async def _connect(context: Context, viewer: Viewer, log: Log, attempt: StripeAuth, grant: Grant) -> StripeAuthStatus:
    """Seals what was granted into the credential, if it is still there; within the caller's transaction."""
    credential = await find_row(own_credentials(context, viewer), "credential", attempt.credential_id)
    if credential is None:
        return StripeAuthStatus.EXPIRED
    if credential.account_id not in (None, grant.account_id):
        return StripeAuthStatus.OTHER_ACCOUNT
    before = credential.status
    credential.sealed_secret = context.services.vault.seal(grant.access_token, secret_context(credential))
    credential.account_id = grant.account_id
    credential.status, credential.problem, credential.expires_at = CredentialStatus.CONNECTED, None, None
    credential.connected_at = credential.verified_at = context.now()
    await save_changed(context, credential)
    if before is not CredentialStatus.INCOMPLETE:
        log.add(EventKind.CREDENTIAL_UPDATED, credential, before=before, after=credential.status)
    await announce_status(log, credential, before)
    return StripeAuthStatus.CONNECTED


async def _outcome(context: Context, viewer: Viewer, attempt: StripeAuth) -> Credential:
    """What came of an attempt, as it is stored.

    Waits for the one who exchanges its code for as long as that one may ask Stripe; after a crash in vain.
    """
    patience = context.now() + timedelta(seconds=context.services.stripe.timeout + 1)
    await attempt.refresh_from_db(fields=["status"])
    while attempt.status is StripeAuthStatus.CLAIMED and context.now() < patience:
        await asyncio.sleep(_WAIT_SECONDS)
        await attempt.refresh_from_db(fields=["status"])
    if attempt.status is StripeAuthStatus.CONNECTED:
        credential = await find_row(own_credentials(context, viewer), "credential", attempt.credential_id)
        if credential is not None:
            return credential
    raise _refusal(attempt.status)


def _refusal(status: StripeAuthStatus) -> Refusal:
    """What to say of an attempt that has connected nothing, or nothing that is still there."""
    if status is StripeAuthStatus.PENDING:
        return StripeUnavailable(None)  # who exchanged the code was told that Stripe has not looked at it
    if status is StripeAuthStatus.UNKNOWN:
        return StripeOutcomeUnknown()
    if status is StripeAuthStatus.OTHER_ACCOUNT:
        return StripeAuthFailed(StripeAuthFailure.REJECTED, _OTHER_ACCOUNT)
    failed = status.name in StripeAuthFailure.__members__
    return StripeAuthFailed(StripeAuthFailure[status.name] if failed else StripeAuthFailure.ALREADY_USED)
