"""What an integration authenticates with: a secret key of its own, or a credential that there is already."""

from dataclasses import dataclass

from kit.secret import Secret
from models import AuthenticationMethod, Credential, CredentialStatus, Integration
from resolvers.context import Context, Viewer
from resolvers.credentials.create import free_name, insert_credential
from resolvers.credentials.keys import CheckedKey, check_key, refuse_other_account
from resolvers.credentials.update import replace_key
from resolvers.events.unit_of_work import Log
from resolvers.refusals import CredentialNotConnected
from resolvers.rows import get_row, own_credentials


@dataclass(frozen=True, slots=True)
class CredentialId:
    """Names a credential that there is already."""

    id: str


Authentication = Secret | CredentialId
CheckedAuthentication = CheckedKey | CredentialId


async def check_with_stripe(context: Context, authentication: Authentication) -> CheckedAuthentication:
    """Checks a key with Stripe, before the transaction. An id is checked later, within it."""
    return await check_key(context, authentication) if isinstance(authentication, Secret) else authentication


async def credential_for_new(
    context: Context, viewer: Viewer, log: Log, name: str, checked: CheckedAuthentication
) -> Credential:
    """The credential for a new integration: a new one with the checked key, or the one with the id, if connected."""
    if isinstance(checked, CheckedKey):
        return await insert_credential(context, viewer, log, await free_name(viewer, name), checked)
    credential = await get_row(own_credentials(context, viewer), "credential", checked.id)
    return require_connected(credential)


async def replace_credential(
    context: Context, viewer: Viewer, log: Log, integration: Integration, checked: CheckedAuthentication
) -> Credential:
    """The credential for an integration from now on.

    A key goes into the credential that the integration has, for all that use it; one that came by OAuth stays as it
    is, and the key gets a credential of its own. Either way the Stripe account stays the same.
    """
    credential = integration.credential
    if not isinstance(checked, CheckedKey):
        return await credential_for_new(context, viewer, log, integration.name, checked)
    if credential.method is AuthenticationMethod.SECRET_KEY:
        await replace_key(context, log, credential, checked, edited=integration)
        return credential
    refuse_other_account(credential, checked)
    return await credential_for_new(context, viewer, log, integration.name, checked)


def require_connected(credential: Credential) -> Credential:
    """The credential; raises CredentialNotConnected if it cannot serve."""
    if credential.status is not CredentialStatus.CONNECTED:
        raise CredentialNotConnected(credential)
    return credential
