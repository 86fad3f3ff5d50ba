"""Deleting an integration."""

from models import AuthenticationMethod, Credential, EventKind, Integration, Scope
from resolvers.context import Context
from resolvers.credentials.delete import remove_credential
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.rows import get_row, own_integrations, refuse_stale


async def delete(
    context: Context, *, id_: str, expected_version: int | None = None
) -> tuple[Integration, Credential | None]:
    """Deletes an integration, and its secret key unless another integration uses it. Returns both.

    Needs CONFIGURE; raises NotFound or StaleVersion.
    """
    viewer = context.require(Scope.CONFIGURE)
    async with unit_of_work(context, viewer) as log:
        rows = own_integrations(viewer)
        integration = await get_row(rows, "integration", id_)
        refuse_stale(integration, expected_version)
        log.add(EventKind.INTEGRATION_DELETED, integration, before=integration.status)
        await integration.delete()
        deleted = await _delete_unused_key(log, integration.credential)
    return integration, deleted


async def _delete_unused_key(log: Log, credential: Credential) -> Credential | None:
    if credential.method is not AuthenticationMethod.SECRET_KEY:
        return None
    if await Integration.filter(credential_id=credential.id).exists():
        return None
    await remove_credential(log, credential)
    return credential
