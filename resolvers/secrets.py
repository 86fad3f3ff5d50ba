"""Handing a secret to an integration partner's service."""

from dataclasses import dataclass

from adapters.secret import Secret
from adapters.vault import UnreadableError
from models import Credential, EventKind, Integration, IntegrationStatus, Scope
from resolvers.context import Context
from resolvers.credentials.keys import open_secret
from resolvers.credentials.status import reading
from resolvers.events.log import changing
from resolvers.names import clean_text
from resolvers.refusals import CredentialNotConnected, IntegrationInactive
from resolvers.rows import find_row, get_row

_MAX_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class RevealedSecret:
    """What a partner's service needs to call Stripe."""

    integration: Integration
    secret_key: Secret


async def reveal(context: Context, *, integration_id: str, reason: str) -> RevealedSecret:
    """The secret of an active integration with a connected credential; the log keeps who asked, and why.

    Needs REVEAL_SECRETS; raises InvalidInput, NotFound, IntegrationInactive or CredentialNotConnected.
    """
    viewer = context.require(Scope.REVEAL_SECRETS)
    reason = clean_text("reason", reason, _MAX_REASON_LENGTH)
    rows = Integration.filter(organization_id=viewer.organization.id).select_related("credential")
    await reading(
        context,
        lambda: find_row(rows, "integration", integration_id),
        lambda found: [found.credential] if found else [],
    )
    async with changing(context, viewer) as log:
        integration = await get_row(rows, "integration", integration_id)
        secret = _open(context, integration)
        status = integration.status
        log.add(EventKind.SECRET_REVEALED, integration, before=status, after=status, reason=reason)
    return RevealedSecret(integration, secret)


def _open(context: Context, integration: Integration) -> Secret:
    credential: Credential = integration.credential
    if not integration.active:
        raise IntegrationInactive(integration)
    if integration.status is not IntegrationStatus.ACTIVE:
        raise CredentialNotConnected(credential)
    try:
        return open_secret(context, credential)
    except UnreadableError:
        raise CredentialNotConnected(credential) from None
