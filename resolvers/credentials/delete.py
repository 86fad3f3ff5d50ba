"""Deleting a credential."""

from models import Credential, EventKind, Integration, Scope
from resolvers.context import Context
from resolvers.events.log import Log, changing
from resolvers.refusals import CredentialInUse
from resolvers.rows import lock_row, refuse_stale


async def delete(context: Context, *, id_: str, expected_version: int | None = None) -> Credential:
    """Deletes a credential that no integration uses, and returns what it was. Needs CONFIGURE.

    Raises NotFound, StaleVersion or CredentialInUse.
    """
    viewer = context.require(Scope.CONFIGURE)
    async with changing(context, viewer) as log:
        rows = Credential.filter(organization_id=viewer.organization.id)
        credential = await lock_row(rows, "credential", id_)
        refuse_stale(credential, expected_version)
        users = await Integration.filter(credential_id=credential.id).select_related("credential").order_by("id")
        if users:
            raise CredentialInUse(users)
        await remove_credential(log, credential)
    return credential


async def remove_credential(log: Log, credential: Credential) -> None:
    """Removes a locked credential that nothing uses, within the caller's transaction."""
    log.add(EventKind.CREDENTIAL_DELETED, credential, before=credential.status)
    await credential.delete()
