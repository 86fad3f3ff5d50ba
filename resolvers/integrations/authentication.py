"""An integration's authentication: a secret key of its own, or an existing credential."""

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
class NewKey:
    """A secret key. `any_account`: it may replace a key of another account or mode."""

    secret: Secret
    any_account: bool = False


@dataclass(frozen=True, slots=True)
class CredentialId:
    """The id of an existing credential."""

    id: str


Authentication = NewKey | CredentialId
CheckedAuthentication = CheckedKey | CredentialId


async def check_with_stripe(context: Context, authentication: Authentication) -> CheckedAuthentication:
    """Checks a key with Stripe, before the transaction. An id is checked in the transaction."""
    if isinstance(authentication, CredentialId):
        return authentication
    return await check_key(context, authentication.secret, any_account=authentication.any_account)


async def credential_for_new(
    context: Context, viewer: Viewer, log: Log, name: str, checked: CheckedAuthentication
) -> Credential:
    """The credential for a new integration: a new one with the checked key, or the existing connected one."""
    if isinstance(checked, CheckedKey):
        return await insert_credential(context, viewer, log, await free_name(viewer, log, name), checked)
    credential = await get_row(own_credentials(context, viewer), "credential", checked.id)
    return require_connected(credential)


async def replace_credential(
    context: Context, viewer: Viewer, log: Log, integration: Integration, checked: CheckedAuthentication
) -> Credential:
    """Returns the credential that the integration uses from now on.

    A key replaces the key of the integration's credential, for all its integrations. If that credential is connected by
    OAuth, the key gets a new credential instead. In both cases the Stripe account stays the same, unless the user
    allows any.
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
    """Returns the credential; raises CredentialNotConnected if it is not connected."""
    if credential.status is not CredentialStatus.CONNECTED:
        raise CredentialNotConnected(credential)
    return credential
