"""Deleting a credential."""

from models import Credential, EventKind, Integration, Scope
from resolvers.context import Context
from resolvers.credentials.withdraw import plan_withdrawal_of, withdraw_now
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.refusals import CredentialInUse
from resolvers.rows import get_row, own_credentials, refuse_stale

# Of the integrations that use a credential, a refusal lists so many.
_LISTED = 10


async def delete(context: Context, *, id_: str, expected_version: int | None = None) -> tuple[Credential, bool]:
    """Deletes a credential that no integration uses. Needs CONFIGURE.

    Returns the deleted credential, and whether its access at Stripe has ended: OAuth access is withdrawn after the
    commit, and later if Stripe is unavailable. Raises NotFound, StaleVersion or CredentialInUse.
    """
    viewer = context.require(Scope.CONFIGURE)
    async with unit_of_work(context, viewer) as log:
        credential = await get_row(own_credentials(context, viewer), "credential", id_)
        refuse_stale(credential, expected_version)
        await _refuse_used(credential)
        withdrawal = await plan_withdrawal_of(context.services, credential)
        await remove_credential(log, credential)
    if withdrawal is None:
        return credential, True
    await context.transactions.commit()
    return credential, await withdraw_now(context.services, withdrawal)


async def _refuse_used(credential: Credential) -> None:
    users = Integration.filter(organization_id=credential.organization_id, credential_id=credential.id)
    if first := await users.select_related("credential").order_by("id").limit(_LISTED):
        raise CredentialInUse(first, await users.count())


async def remove_credential(log: Log, credential: Credential) -> None:
    """Removes an unused credential in the caller's transaction."""
    log.add(EventKind.CREDENTIAL_DELETED, credential, before=credential.status)
    await credential.delete()
