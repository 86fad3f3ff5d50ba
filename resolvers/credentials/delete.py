"""Deleting a credential."""

from models import AuthenticationMethod, Credential, CredentialProblem, EventKind, Integration, Scope
from resolvers.context import Context
from resolvers.events.log import Log, changing
from resolvers.refusals import CredentialInUse
from resolvers.rows import lock_row, own_credentials, refuse_stale


async def delete(context: Context, *, id_: str, expected_version: int | None = None) -> tuple[Credential, bool]:
    """Deletes a credential that no integration uses. Needs CONFIGURE.

    Returns what it was, and whether nothing is left of it at Stripe: access by OAuth is withdrawn there afterwards,
    and Stripe may be away. Raises NotFound, StaleVersion or CredentialInUse.
    """
    viewer = context.require(Scope.CONFIGURE)
    async with changing(context, viewer) as log:
        credential = await lock_row(own_credentials(context, viewer), "credential", id_)
        refuse_stale(credential, expected_version)
        users = await Integration.filter(credential_id=credential.id).select_related("credential").order_by("id")
        if users:
            raise CredentialInUse(users)
        await remove_credential(log, credential)
    return credential, await _withdraw_access(context, credential)


async def remove_credential(log: Log, credential: Credential) -> None:
    """Removes a locked credential that nothing uses, within the caller's transaction."""
    log.add(EventKind.CREDENTIAL_DELETED, credential, before=credential.status)
    await credential.delete()


async def _withdraw_access(context: Context, credential: Credential) -> bool:
    """Disconnects the account at Stripe, unless another credential, of whatever organization, lives by it."""
    if credential.method is not AuthenticationMethod.OAUTH or credential.account_id is None:
        return True
    if credential.problem is CredentialProblem.DEAUTHORIZED or await _account_in_use(credential):
        return True
    livemode = credential.destination.livemode
    return await context.services.connect.deauthorize(livemode=livemode, account_id=credential.account_id)


async def _account_in_use(credential: Credential) -> bool:
    """Stripe knows one connection per account and platform, however many credentials came of it."""
    return await Credential.filter(
        account_id=credential.account_id, destination=credential.destination, method=AuthenticationMethod.OAUTH
    ).exists()
