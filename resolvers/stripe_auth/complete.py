"""Taking a user back from Stripe: the code is exchanged once, and whoever asks again is told what came of it."""

import asyncio
from datetime import datetime, timedelta

from adapters.secret import Secret
from adapters.stripe_connect import Grant, GrantFault, GrantRefusedError, OutcomeUnknownError
from adapters.stripe_gateway import Account, StripeAwayError
from adapters.stripe_keys import KeyRefusedError
from models import Credential, CredentialStatus, EventKind, Scope, StripeAuth, StripeAuthStatus
from resolvers.context import Context, Viewer
from resolvers.credentials.keys import adopt_account, refresh_token_place, secret_place
from resolvers.credentials.status import announce_status
from resolvers.events.log import Log, changing
from resolvers.refusals import StripeAuthFailed, StripeAuthFailure, StripeOutcomeUnknown, StripeUnavailable
from resolvers.rows import find_row, own_credentials, save_changed
from resolvers.stripe_auth.states import hash_of_state

_DENIED = "access_denied"
_FAULTS = {
    GrantFault.REJECTED: StripeAuthStatus.REJECTED,
    GrantFault.MODE_MISMATCH: StripeAuthStatus.MODE_MISMATCH,
}
_WAIT_SECONDS = 0.1


async def complete(context: Context, *, state: str, code: Secret | None, error: str | None) -> Credential:
    """Connects the credential that was begun, by what Stripe's redirect carried. Needs CONFIGURE.

    Only the viewer who began it may. The same call again has the same outcome and asks Stripe nothing. Raises
    StripeAuthFailed, StripeOutcomeUnknown, or StripeUnavailable when the same call may be tried again.
    """
    viewer = context.require(Scope.CONFIGURE)
    attempt = await _find(viewer, state)
    if attempt.status is StripeAuthStatus.PENDING:
        _refuse_late(attempt, context.now())
        if error is not None:
            await _end(attempt, StripeAuthStatus.DENIED if error == _DENIED else StripeAuthStatus.REJECTED)
        elif code is None:
            raise StripeAuthFailed(StripeAuthFailure.REJECTED)
        else:
            # From the claim on the code is as good as used: a client that leaves must not leave the outcome unknown.
            await asyncio.shield(asyncio.create_task(_claim_and_exchange(context, viewer, attempt, code)))
    return await _outcome(context, viewer, attempt)


async def _find(viewer: Viewer, state: str) -> StripeAuth:
    mine = StripeAuth.filter(organization_id=viewer.organization.id, viewer_id=viewer.id)
    attempt = await mine.filter(state_hash=hash_of_state(state)).get_or_none()
    if attempt is None:
        raise StripeAuthFailed(StripeAuthFailure.UNKNOWN_STATE)
    return attempt


def _refuse_late(attempt: StripeAuth, now: datetime) -> None:
    if attempt.expires_at <= now:
        raise StripeAuthFailed(StripeAuthFailure.EXPIRED)


async def _move(attempt: StripeAuth, before: StripeAuthStatus, after: StripeAuthStatus) -> bool:
    """Moves an attempt on, unless somebody else has: of those who try at once, one does."""
    return await StripeAuth.filter(id=attempt.id, status=before).update(status=after) == 1


async def _end(attempt: StripeAuth, status: StripeAuthStatus) -> None:
    await _move(attempt, StripeAuthStatus.PENDING, status)


async def _claim_and_exchange(context: Context, viewer: Viewer, attempt: StripeAuth, code: Secret) -> None:
    """Exchanges the code, unless somebody else is about to, and notes what came of it."""
    if not await _move(attempt, StripeAuthStatus.PENDING, StripeAuthStatus.CLAIMED):
        return
    livemode = attempt.destination.livemode
    try:
        grant = await context.services.connect.exchange(livemode=livemode, code=code)
    except GrantRefusedError as refused:
        await _move(attempt, StripeAuthStatus.CLAIMED, _FAULTS[refused.fault])
    except OutcomeUnknownError:
        await _move(attempt, StripeAuthStatus.CLAIMED, StripeAuthStatus.UNKNOWN)
    except StripeAwayError as away:
        await _move(attempt, StripeAuthStatus.CLAIMED, StripeAuthStatus.PENDING)
        raise StripeUnavailable(away.retry_after) from None
    else:
        account = await _describe(context, grant, livemode=livemode)
        async with changing(context, viewer) as log:
            status = await _connect(context, viewer, log, attempt, grant, account)
            await _move(attempt, StripeAuthStatus.CLAIMED, status)


async def _describe(context: Context, grant: Grant, *, livemode: bool) -> Account:
    """What Stripe tells of the account; its id alone, if Stripe does not tell now."""
    nothing_more = Account(grant.account_id, None, None, None)
    try:
        account = await context.services.connect.identify(livemode=livemode, account_id=grant.account_id)
    except (KeyRefusedError, StripeAwayError):
        return nothing_more
    return account or nothing_more


async def _connect(
    context: Context, viewer: Viewer, log: Log, attempt: StripeAuth, grant: Grant, account: Account
) -> StripeAuthStatus:
    """Seals what was granted into the credential, if it is still there; within the caller's transaction."""
    rows = own_credentials(context, viewer).filter(id=attempt.credential_id)
    credential = await rows.select_for_update().get_or_none()
    if credential is None:
        return StripeAuthStatus.EXPIRED
    if credential.account_id not in (None, grant.account_id):
        return StripeAuthStatus.REJECTED  # integrations would move to another account without anybody saying so
    before, vault = credential.status, context.services.vault
    credential.sealed_secret = vault.seal(grant.access_token, secret_place(credential))
    if grant.refresh_token is not None:
        credential.sealed_refresh_token = vault.seal(grant.refresh_token, refresh_token_place(credential))
    credential.granted_scope = grant.scope
    adopt_account(credential, account)
    credential.status, credential.problem = CredentialStatus.CONNECTED, None
    credential.expires_at, credential.verified_at = None, context.now()
    await save_changed(context, credential)
    if before is not CredentialStatus.INCOMPLETE:
        log.add(EventKind.CREDENTIAL_UPDATED, credential, before=before, after=credential.status)
    await announce_status(log, credential, before)
    return StripeAuthStatus.CONNECTED


async def _outcome(context: Context, viewer: Viewer, attempt: StripeAuth) -> Credential:
    """What came of an attempt, as it is stored.

    Waits for the one who exchanges its code for as long as that one may ask Stripe, twice; after a crash in vain.
    """
    patience = context.now() + timedelta(seconds=2 * context.services.stripe.timeout + 1)
    await attempt.refresh_from_db(fields=["status"])
    while attempt.status is StripeAuthStatus.CLAIMED and context.now() < patience:
        await asyncio.sleep(_WAIT_SECONDS)
        await attempt.refresh_from_db(fields=["status"])
    if attempt.status is StripeAuthStatus.UNKNOWN:
        raise StripeOutcomeUnknown
    if attempt.status is StripeAuthStatus.CONNECTED:
        credential = await find_row(own_credentials(context, viewer), "credential", attempt.credential_id)
        if credential is not None:
            return credential
    failed = attempt.status.name in StripeAuthFailure.__members__
    raise StripeAuthFailed(StripeAuthFailure[attempt.status.name] if failed else StripeAuthFailure.ALREADY_USED)
