"""Stripe's webhook: a user has disconnected an account in the Stripe Dashboard."""

from adapters.stripe.connect import BadSignatureError, Deauthorization
from models import ActorKind, Credential, CredentialProblem, Destination
from resolvers.context import Context, system_viewer
from resolvers.credentials.status import disconnect
from resolvers.events.unit_of_work import unit_of_work
from resolvers.refusals import BadSignature
from resolvers.rows import connected_by_oauth
from resolvers.services import Services


async def receive_webhook(services: Services, destination: Destination, *, payload: bytes, signature: str) -> None:
    """Handles a webhook message. Only `account.application.deauthorized` has an effect; raises BadSignature."""
    try:
        deauthorization = services.connect.read_webhook(
            livemode=destination.livemode, payload=payload, signature=signature
        )
    except BadSignatureError:
        raise BadSignature from None
    if deauthorization is not None:
        await _note_deauthorized(services, deauthorization, destination)


async def _note_deauthorized(services: Services, deauthorization: Deauthorization, destination: Destination) -> None:
    """Disconnects the OAuth credentials of the account, in all organizations.

    Credentials that were reconnected since stay connected. A repeated message changes nothing.
    """
    connected = connected_by_oauth(deauthorization.account_id, destination)
    for seen in await connected.select_related("organization"):
        context = Context(services)
        async with unit_of_work(context, system_viewer(seen.organization, ActorKind.STRIPE)) as log:
            credential = await connected.filter(id=seen.id).get_or_none()
            if credential is not None and _connected_before(credential, deauthorization.created):
                await disconnect(context, log, credential, CredentialProblem.DEAUTHORIZED)


def _connected_before(credential: Credential, created: int) -> bool:
    """Stripe's timestamps have whole seconds. Within the same second, the disconnection wins."""
    return credential.connected_at is None or int(credential.connected_at.timestamp()) <= created
