"""A credential's status, and its effect on the integrations that use it."""

import logging
from collections.abc import Iterable
from datetime import datetime

from adapters.database import DatabaseUnavailableError
from models import Credential, CredentialProblem, CredentialStatus, EventKind, Integration
from resolvers.context import Context, system_viewer
from resolvers.credentials.previous import set_previous
from resolvers.credentials.schedule import refuse
from resolvers.credentials.sealing import refresh_token_context, secret_context
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.rows import save_changed

_logger = logging.getLogger(__name__)


async def announce_status(
    log: Log, credential: Credential, before: CredentialStatus, edited: Integration | None = None
) -> None:
    """Logs a change of a credential's status, and the resulting change of each active integration that uses it.

    Skips `edited`, the integration that is being edited, because its update logs the whole change of its status.
    """
    if credential.status is before:
        return
    log.add(EventKind.CREDENTIAL_STATUS_CHANGED, credential, before=before, after=credential.status)
    users = Integration.filter(organization_id=credential.organization_id, credential_id=credential.id, active=True)
    async for integration in users.exclude(id=edited.id if edited else "").order_by("id"):
        log.add(
            EventKind.INTEGRATION_STATUS_CHANGED,
            integration,
            before=integration.status_with(before),
            after=integration.status_with(credential.status),
        )


async def disconnect(
    context: Context, log: Log, credential: Credential, problem: CredentialProblem, asked_at: datetime
) -> None:
    """Marks a credential as disconnected because of a problem, and logs the change.

    A deauthorized token never works again, so it is erased. A rejected key may: it can be verified again.
    """
    before = credential.status
    if problem is CredentialProblem.DEAUTHORIZED:
        credential.sealed_secret = credential.sealed_refresh_token = None
        set_previous(credential, None)
    if problem is not CredentialProblem.UNREADABLE:  # Stripe was asked
        refuse(context, credential, asked_at, confirmed=True)
    credential.status, credential.problem = CredentialStatus.DISCONNECTED, problem
    await save_changed(context, credential)
    await announce_status(log, credential, before)


async def disconnect_unreadable(context: Context, found: Iterable[Credential]) -> bool:
    """Disconnects the connected credentials whose secrets cannot be decrypted; returns whether there were any.

    Call it with the rows of a read, and read again if it returns True. A damaged secret then shows as a problem of its
    own credential, in the log too, and the other rows stay readable. While the database is read-only, none is
    disconnected, because the read can succeed nevertheless.
    """
    damaged = {row.id: row for row in found if _is_damaged(context, row)}
    try:
        for credential in damaged.values():
            await _disconnect_damaged(context, credential)
    except DatabaseUnavailableError:
        _logger.warning("A credential with a damaged secret could not be disconnected.")
        return False
    return bool(damaged)


def _is_damaged(context: Context, row: Credential) -> bool:
    """Whether a secret of a connected credential cannot be decrypted although its key is configured."""
    if row.status is not CredentialStatus.CONNECTED:
        return False
    is_damaged = context.services.vault.is_damaged
    if row.sealed_refresh_token and is_damaged(row.sealed_refresh_token, refresh_token_context(row)):
        return True
    return is_damaged(row.sealed_secret or "", secret_context(row))


async def _disconnect_damaged(context: Context, seen: Credential) -> None:
    """Uses a context of its own: the held transaction belongs to the caller's task, and this may run in a loader's."""
    system = system_viewer(context.viewer().organization)
    async with unit_of_work(Context(context.services, now=context.now), system) as log:
        credential = await Credential.filter(id=seen.id, version=seen.version).get_or_none()
        if credential is not None:
            await disconnect(context, log, credential, CredentialProblem.UNREADABLE, context.now())
