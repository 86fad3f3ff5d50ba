"""What Stripe tells on its own, and what follows when a user disconnects an account there."""

from adapters.stripe.connect import BadSignatureError, Deauthorization
from models import Credential, CredentialProblem, Destination
from resolvers.context import Context, system_viewer
from resolvers.credentials.status import disconnect
from resolvers.events.unit_of_work import unit_of_work
from resolvers.refusals import BadSignature
from resolvers.rows import connected_by_oauth
from resolvers.services import Services

_ACTOR = "stripe"


async def receive_webhook(services: Services, destination: Destination, *, payload: bytes, signature: str) -> None:
    """Takes what Stripe says on its own: of all it may say, only that an account was disconnected matters here.

    Raises BadSignature, and nothing has happened then.
    """
    try:
        told = services.connect.read_webhook(livemode=destination.livemode, payload=payload, signature=signature)
    except BadSignatureError:
        raise BadSignature from None
    if told is not None:
        await _note_deauthorized(services, told, destination)


async def _note_deauthorized(services: Services, told: Deauthorization, destination: Destination) -> None:
    """Disconnects all credentials, of all organizations, that came by OAuth from the account.

    What has been connected again since the user did so stays. Being told twice changes nothing.
    """
    concerned = connected_by_oauth(told.account_id, destination)
    for seen in await concerned.select_related("organization"):
        context = Context(services)
        async with unit_of_work(context, system_viewer(seen.organization, _ACTOR)) as log:
            credential = await concerned.filter(id=seen.id).get_or_none()
            if credential is not None and _connected_before(credential, told.created):
                await disconnect(context, log, credential, CredentialProblem.DEAUTHORIZED)


def _connected_before(credential: Credential, created: int) -> bool:
    """Stripe's times have whole seconds: within the same one, the user's wish counts."""
    return credential.connected_at is None or int(credential.connected_at.timestamp()) <= created
