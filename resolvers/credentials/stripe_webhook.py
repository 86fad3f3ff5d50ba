"""Stripe's webhook: a user has disconnected an account in the Stripe Dashboard."""

import asyncio
import logging

from adapters.stripe.webhooks import Deauthorization, WebhookOutcome
from models import ActorKind, Credential, CredentialProblem, Destination
from resolvers.context import Context, system_viewer
from resolvers.credentials.status import disconnect
from resolvers.credentials.verify import ask, is_unchanged
from resolvers.events.unit_of_work import unit_of_work
from resolvers.refusals import EncryptionKeyMissing, StripeUnavailable
from resolvers.rows import connected_by_oauth
from resolvers.services import Services

_logger = logging.getLogger(__name__)


async def receive_webhook(
    services: Services, destination: Destination, *, payload: bytes, signature: str
) -> WebhookOutcome:
    """Handles a webhook message, and logs and counts its outcome. Only a deauthorization has an effect."""
    event = services.connect.read_webhook(livemode=destination.livemode, payload=payload, signature=signature)
    outcome = await _handle(services, destination, event) if isinstance(event, Deauthorization) else event
    mode = "live" if destination.livemode else "test"
    _logger.log(outcome.level, "%s.", outcome.text, extra={"fields": {"outcome": outcome.label, "mode": mode}})
    services.measures.webhook(mode, outcome.label)
    return outcome


async def _handle(services: Services, destination: Destination, event: Deauthorization) -> WebhookOutcome:
    """Disconnects the account's OAuth credentials, in all organizations, whose token Stripe no longer accepts.

    Stripe repeats events, and delivers them late and out of order: a credential that was reconnected since has a token
    that works, and stays connected. Where Stripe cannot be asked, it has to send the event again.
    """
    connected = connected_by_oauth(event.account_id, destination).select_related("organization")
    decided = await asyncio.gather(*[_disconnect_if_dead(services, seen) for seen in await connected])
    return WebhookOutcome.HANDLED if all(decided) else WebhookOutcome.UNDECIDED


async def _disconnect_if_dead(services: Services, seen: Credential) -> bool:
    """Returns whether Stripe could be asked."""
    context = Context(services)
    try:
        found = await ask(context, seen)
    except (StripeUnavailable, EncryptionKeyMissing):
        return False
    if isinstance(found, CredentialProblem):
        async with unit_of_work(context, system_viewer(seen.organization, ActorKind.STRIPE)) as log:
            credential = await Credential.get_or_none(id=seen.id)
            if credential is not None and is_unchanged(context, credential, seen):
                await disconnect(context, log, credential, found)
    return True
