"""Sending a user to Stripe, to approve access."""

from dataclasses import dataclass
from datetime import datetime

from models import (
    AuthenticationMethod,
    Credential,
    CredentialStatus,
    Destination,
    EventKind,
    Scope,
    StripeAuth,
    StripeAuthFlow,
)
from resolvers.context import Context, Viewer
from resolvers.credentials.create import new_credential, store_new
from resolvers.events.unit_of_work import Log, unit_of_work
from resolvers.kit.naming import clean_text
from resolvers.refusals import InvalidInput
from resolvers.rows import get_row, own_credentials, save_changed
from resolvers.stripe_auth.states import hash_of_state, new_state

_MAX_QUERY_LENGTH = 1000
# The places of a credential's id and of a new credential in the arguments.
_TARGET: tuple[str, ...] = ("target",)
_NEW = (*_TARGET, "new_credential")


@dataclass(frozen=True, slots=True)
class Begun:
    """The credential, the URL to send the user to, and the end of the authorization."""

    credential: Credential
    authorization_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewCredential:
    """The credential to create."""

    name: str
    destination: Destination


async def begin(context: Context, *, target: NewCredential | str, return_url: str) -> Begun:
    """Starts an authorization, for a new credential or for the existing OAuth credential with an id.

    A new credential is incomplete, and expires after its time to live. An existing one keeps its destination, and
    does not change until the user has approved. Needs CONFIGURE; raises InvalidInput, NameTaken or NotFound.
    """
    viewer = context.require(Scope.CONFIGURE)
    _refuse_foreign_return(context, return_url)
    destination, flow = await _destination_of(context, viewer, target)
    state, expires_at = new_state(), context.now() + context.services.stripe_auth_ttl
    async with unit_of_work(context, viewer) as log:
        if isinstance(target, NewCredential):
            credential = await _insert_incomplete(viewer, log, target, flow, expires_at)
        else:
            credential = await _reopen(context, viewer, log, target, expires_at)
        await StripeAuth.create(
            organization_id=viewer.organization.id,
            credential_id=credential.id,
            viewer_id=viewer.id,
            state_hash=hash_of_state(state.reveal()),
            destination=destination,
            flow=flow,
            return_url=return_url,
            created_at=log.now,
            expires_at=expires_at,
        )
    url = context.services.platform(flow).authorization_url(livemode=destination.livemode, state=state)
    return Begun(credential, url, expires_at)


def _refuse_foreign_return(context: Context, return_url: str) -> None:
    """Compares origin and path only: a page may use the query as it likes. The fragment is reserved for the result."""
    base, _, query = return_url.partition("?")
    is_valid_header = query.isascii() and query.isprintable() and " " not in query and len(query) <= _MAX_QUERY_LENGTH
    if base not in context.services.return_urls or "#" in query or not is_valid_header:
        raise InvalidInput("return_url", "This URL is not allowed as a return URL. Ask the operator to allow it.")


async def _destination_of(
    context: Context, viewer: Viewer, target: NewCredential | str
) -> tuple[Destination, StripeAuthFlow]:
    """The destination to authorize, and the flow; raises InvalidInput if this server is not set up for both.

    A credential reconnects by the flow it came by, because the other one's access would be another.
    """
    if isinstance(target, NewCredential):
        destination, field, within = target.destination, "destination", _NEW
        flow = next(iter(context.services.flows(livemode=destination.livemode)), None)
    else:
        credential = await _credential_to_reconnect(context, viewer, target)
        destination, field, within = credential.destination, "credential_id", _TARGET
        flow = credential.flow or StripeAuthFlow.CONNECT
    if flow is None or not context.services.platform(flow).serves(livemode=destination.livemode):
        mode = "live mode" if destination.livemode else "test mode"
        message = f"This server is not configured to connect Stripe accounts in {mode}."
        raise InvalidInput(field, message, within=within)
    return destination, flow


async def _credential_to_reconnect(context: Context, viewer: Viewer, credential_id: str) -> Credential:
    credential = await get_row(own_credentials(context, viewer), "credential", credential_id)
    if credential.method is not AuthenticationMethod.OAUTH:
        message = "This credential uses a secret key. Replace the key instead."
        raise InvalidInput("credential_id", message, within=_TARGET)
    return credential


async def _insert_incomplete(
    viewer: Viewer, log: Log, new: NewCredential, flow: StripeAuthFlow, expires_at: datetime
) -> Credential:
    credential = new_credential(viewer, log, _cleaned(new.name))
    credential.flow = flow
    credential.destination, credential.method = new.destination, AuthenticationMethod.OAUTH
    credential.status, credential.expires_at = CredentialStatus.INCOMPLETE, expires_at
    return await store_new(log, credential)


def _cleaned(name: str) -> str:
    try:
        return clean_text("name", name)
    except InvalidInput as refused:
        raise InvalidInput("name", str(refused), within=_NEW) from None


async def _reopen(context: Context, viewer: Viewer, log: Log, credential_id: str, expires_at: datetime) -> Credential:
    """Returns the credential for another attempt. If it is still incomplete, its time to live starts again."""
    credential = await get_row(own_credentials(context, viewer), "credential", credential_id)
    if credential.status is CredentialStatus.INCOMPLETE:
        credential.expires_at, credential.expiry_warned = expires_at, False
        await save_changed(context, credential)
        log.add(EventKind.CREDENTIAL_UPDATED, credential, before=credential.status, after=credential.status)
    return credential
