"""Another secret for a credential, and its effect on the integrations that use it."""

from tortoise.expressions import F

from models import Credential, CredentialStatus, EventKind, Integration
from resolvers.context import Context
from resolvers.credentials.previous import KeptSecret, set_previous
from resolvers.credentials.status import announce_status
from resolvers.events.unit_of_work import Log
from resolvers.rows import save_changed


async def save_replaced(
    context: Context,
    log: Log,
    credential: Credential,
    before: CredentialStatus,
    *,
    edited: Integration | None = None,
    kept: KeptSecret | None = None,
) -> None:
    """Saves a credential with another secret, logs that, and moves the version of each integration that uses it.

    An integration's version covers its secret, so that an edit which has seen the previous one is refused. Skips
    `edited`, the integration that is being edited and saved anyway. The replaced secret is `kept`, or none is.
    """
    set_previous(credential, kept)
    credential.secret_version += 1
    await save_changed(context, credential)
    own = Integration.filter(organization_id=credential.organization_id, credential_id=credential.id)
    users = own.exclude(id=edited.id if edited else "")
    await users.update(version=F("version") + 1, updated_at=credential.updated_at)
    log.add(EventKind.CREDENTIAL_SECRET_REPLACED, credential, before=before, after=credential.status)
    await announce_status(log, credential, before, edited)
