"""Asking Stripe whether a credential still works, and recording the answer."""

from dataclasses import dataclass
from datetime import datetime

from adapters.stripe.causes import Cause
from adapters.stripe.gateway import Account, StripeUnavailableError
from adapters.stripe.key_format import KeyFault, KeyRefusedError
from adapters.vault import UnreadableError
from kit.secret import Secret
from models import (
    AuthenticationMethod,
    Credential,
    CredentialProblem,
    CredentialStatus,
    EventKind,
    KeyPermissions,
    Scope,
    SecretKeyKind,
)
from resolvers.context import Context
from resolvers.credentials.accounts import adopt_account, known_account, limit_checks, with_known_details
from resolvers.credentials.permissions import ask_permissions
from resolvers.credentials.refresh import with_fresh_token
from resolvers.credentials.schedule import CHECK_FIELDS, accept, refuse
from resolvers.credentials.sealing import open_secret, secret_context
from resolvers.credentials.status import announce_status, disconnect
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.rows import get_row, own_credentials, save_changed
from resolvers.stripe_failures import unavailable

_PROBLEMS = {
    KeyFault.REJECTED: CredentialProblem.KEY_REJECTED,
    KeyFault.EXPIRED: CredentialProblem.KEY_EXPIRED,
    KeyFault.ACCESS_REVOKED: CredentialProblem.PERMISSION_LOST,
}


@dataclass(frozen=True, slots=True)
class WorkingSecret:
    """A secret that Stripe accepts. `permissions` is None for OAuth, and if they were not asked for."""

    account: Account | None
    permissions: KeyPermissions | None


Answer = WorkingSecret | CredentialProblem


async def verify(context: Context, id_: str) -> Credential:
    """Checks a credential with Stripe, and records the result in the credential and the log. Needs CONFIGURE.

    A refused refresh is tried again. The result is dropped if the key or the status changed, or another check ended,
    while Stripe was asked. Raises NotFound, RateLimited or StripeUnavailable, and then records nothing.
    """
    viewer = context.require(Scope.CONFIGURE)
    rows = own_credentials(context, viewer)
    seen = await get_row(rows, "credential", id_)
    if seen.status is CredentialStatus.INCOMPLETE or seen.problem is CredentialProblem.DEAUTHORIZED:
        return seen  # it has no secret to ask with, and has to be connected
    limit_checks(context, viewer)
    asked_at = context.now()
    seen, answer = await ask(context, seen)
    async with unit_of_work(context, viewer) as log:
        credential = await get_row(rows, "credential", id_)
        if credential.checked_at == seen.checked_at and is_unchanged(context, credential, seen):
            await record(context, log, credential, answer, asked_at)
            log.add(EventKind.CREDENTIAL_VERIFIED, credential, before=seen.status, after=credential.status)
    return credential


def is_unchanged(context: Context, credential: Credential, seen: Credential) -> bool:
    """Whether a credential still has the secret and status with which Stripe was asked."""
    return (_secret(context, credential), credential.status) == (_secret(context, seen), seen.status)


def _secret(context: Context, credential: Credential) -> Secret | str | None:
    """The plaintext if it is readable, for comparing keys: rotating encryption keys changes the ciphertext."""
    try:
        return context.services.vault.open(credential.sealed_secret or "", secret_context(credential))
    except UnreadableError:
        return credential.sealed_secret


async def ask(context: Context, seen: Credential, *, deauthorized: bool = False) -> tuple[Credential, Answer]:
    """Asks Stripe with the secret itself, as the partners use it. Call it outside any transaction.

    Returns the credential as well, because its token may have been refreshed. `deauthorized`: Stripe has reported that
    a user ended the access. Raises StripeUnavailable or EncryptionKeyMissing.
    """
    try:
        return await ask_once(context, seen, unattended=False, deauthorized=deauthorized)
    except StripeUnavailableError as error:
        raise unavailable(error, saving=False) from None


async def ask_once(
    context: Context,
    seen: Credential,
    *,
    unattended: bool = True,
    with_permissions: bool = True,
    deauthorized: bool = False,
) -> tuple[Credential, Answer]:
    """Does the same for a caller without a user; raises StripeUnavailableError or EncryptionKeyMissing.

    A token that Stripe refuses is refreshed: it may be dead although the grant is not, and nobody can be using it.
    """
    answer: Answer = CredentialProblem.DEAUTHORIZED
    for is_refused in (False, True):
        before = seen.status
        seen = await with_fresh_token(context, seen, is_refused=is_refused, deauthorized=deauthorized)
        if seen.problem and (seen.status is not before or seen.problem is CredentialProblem.REFRESH_FAILED):
            return seen, seen.problem
        answer = await _ask_with_secret(context, seen, unattended=unattended, with_permissions=with_permissions)
        if seen.access_expires_at is None or answer is not CredentialProblem.DEAUTHORIZED:
            break
    return seen, answer


async def _ask_with_secret(
    context: Context, credential: Credential, *, unattended: bool, with_permissions: bool
) -> Answer:
    try:
        secret = open_secret(context, credential, credential.organization_id)
        account = await context.services.stripe.account_of(secret, unattended=unattended)
    except UnreadableError:
        return CredentialProblem.UNREADABLE
    except KeyRefusedError as error:
        return _problem(credential, error.fault)
    permissions = await _ask_permissions(context, credential, secret) if with_permissions else None
    return WorkingSecret(with_known_details(credential, account), permissions)


async def _ask_permissions(context: Context, credential: Credential, secret: Secret) -> KeyPermissions | None:
    if credential.secret_key_kind is None:
        return None
    restricted = credential.secret_key_kind is SecretKeyKind.RESTRICTED
    return await ask_permissions(context, secret, restricted=restricted)


def _problem(credential: Credential, fault: KeyFault) -> CredentialProblem:
    """The problem of a refused secret. From another address the secret works, so that is a problem of this server."""
    if fault is KeyFault.IP_NOT_ALLOWED:
        raise StripeUnavailableError(Cause.IP_NOT_ALLOWED)
    return CredentialProblem.DEAUTHORIZED if credential.method is AuthenticationMethod.OAUTH else _PROBLEMS[fault]


async def record(context: Context, log: Log, credential: Credential, answer: Answer, asked_at: datetime) -> None:
    """Records an answer in a credential. Its version moves, and the log has its status, if they change."""
    if isinstance(answer, WorkingSecret):
        if answer.permissions is not None:
            credential.key_permissions = answer.permissions
        await _record_account(context, log, credential, answer.account, asked_at)
    elif credential.problem is not answer:
        await disconnect(context, log, credential, answer, asked_at)
    elif answer is not CredentialProblem.UNREADABLE:  # Stripe was asked
        refuse(context, credential, asked_at, confirmed=True)
        await credential.save(update_fields=CHECK_FIELDS)


async def _record_account(
    context: Context, log: Log, credential: Credential, account: Account | None, asked_at: datetime
) -> None:
    """Keeps the known account if Stripe no longer reports it, because a key's account never changes."""
    before, known = credential.status, known_account(credential)
    accept(context, credential, asked_at)
    nothing_new = account is None or (account == known and credential.account_known)
    if before is CredentialStatus.CONNECTED and nothing_new:
        await credential.save(update_fields=[*CHECK_FIELDS, "permissions"])
        return
    credential.status, credential.problem = CredentialStatus.CONNECTED, None
    if account is not None:
        adopt_account(credential, account)
        credential.account_known = True
    await save_changed(context, credential)
    await announce_status(log, credential, before)
