"""Deleting a credential."""

from models import (
    AuthenticationMethod,
    Credential,
    CredentialProblem,
    Destination,
    EventKind,
    Integration,
    Scope,
)
from resolvers.context import Context
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.refusals import CredentialInUse
from resolvers.rows import connected_by_oauth, get_row, own_credentials, refuse_stale

# Of the integrations that use a credential, a refusal lists so many.
_LISTED = 10


async def delete(context: Context, *, id_: str, expected_version: int | None = None) -> tuple[Credential, bool]:
    """Deletes a credential that no integration uses. Needs CONFIGURE.

    Returns the deleted credential, and whether its access at Stripe is withdrawn: OAuth access is withdrawn after the
    commit, and Stripe may be unavailable. Raises NotFound, StaleVersion or CredentialInUse.
    """
    viewer = context.require(Scope.CONFIGURE)
    async with unit_of_work(context, viewer) as log:
        credential = await get_row(own_credentials(context, viewer), "credential", id_)
        refuse_stale(credential, expected_version)
        await _refuse_used(credential)
        await remove_credential(log, credential)
    return credential, await _withdraw_access_of(context, credential)


async def _refuse_used(credential: Credential) -> None:
    users = Integration.filter(credential_id=credential.id)
    if first := await users.select_related("credential").order_by("id").limit(_LISTED):
        raise CredentialInUse(first, await users.count())


async def remove_credential(log: Log, credential: Credential) -> None:
    """Removes an unused credential in the caller's transaction."""
    log.add(EventKind.CREDENTIAL_DELETED, credential, before=credential.status)
    await credential.delete()


async def withdraw_access(context: Context, account_id: str, destination: Destination) -> bool:
    """Disconnects an account at Stripe unless a credential still depends on it; returns False if Stripe is unavailable.

    Stripe has one connection per account and platform, which the credentials of several organizations may share.
    """
    if await connected_by_oauth(account_id, destination).exists():
        return True
    return await context.services.connect.deauthorize(livemode=destination.livemode, account_id=account_id)


async def _withdraw_access_of(context: Context, credential: Credential) -> bool:
    granted = credential.method is AuthenticationMethod.OAUTH and credential.account_id is not None
    if not granted or credential.problem is CredentialProblem.DEAUTHORIZED:
        return True
    await context.transactions.commit()
    return await withdraw_access(context, credential.account_id or "", credential.destination)
