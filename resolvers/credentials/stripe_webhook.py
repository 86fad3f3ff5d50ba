"""Stripe's webhook: a user has disconnected an account in the Stripe Dashboard."""

import asyncio
import logging

from adapters.stripe.webhooks import Deauthorization, WebhookOutcome
from models import ActorKind, Credential, CredentialProblem, Destination, StripeAuthFlow
from resolvers.context import Context, system_viewer
from resolvers.credentials.status import disconnect
from resolvers.credentials.verify import ask, is_unchanged
from resolvers.events.unit_of_work import unit_of_work
from resolvers.refusals import EncryptionKeyMissing, StripeUnavailable
from resolvers.rows import connected_by_oauth
from resolvers.services import Services

# No proof of a mistake: the flow of another application may have sent the message.
_OF_NO_FLOW = (WebhookOutcome.NOT_CONFIGURED, WebhookOutcome.BAD_SIGNATURE)
_TO_REPEAT = (WebhookOutcome.UNDECIDED, WebhookOutcome.TOO_EARLY)

_logger = logging.getLogger(__name__)


async def receive_webhook(
    services: Services, destination: Destination, *, payload: bytes, signature: str
) -> WebhookOutcome:
    """Handles a webhook message, and logs and counts its outcome. Only a deauthorization has an effect."""
    outcome = await _outcome(services, destination, payload, signature)
    fields = {"outcome": outcome.label, "mode": destination.mode}
    _logger.log(outcome.level, "%s.", outcome.text, extra={"fields": fields})
    services.measures.webhook(destination.mode, outcome.label)
    return outcome


async def _outcome(services: Services, destination: Destination, payload: bytes, signature: str) -> WebhookOutcome:
    """Handles a message for each flow whose signing secret has signed it: both may share an endpoint."""
    outcome = WebhookOutcome.NOT_CONFIGURED
    for flow in services.flows(livemode=destination.livemode):
        platform = services.platform(flow)
        event = platform.read_webhook(livemode=destination.livemode, payload=payload, signature=signature)
        found = await _handle(services, destination, flow, event) if isinstance(event, Deauthorization) else event
        if outcome in _OF_NO_FLOW or found in _TO_REPEAT:
            outcome = found
    return outcome


async def _handle(
    services: Services, destination: Destination, flow: StripeAuthFlow, event: Deauthorization
) -> WebhookOutcome:
    """Disconnects the account's OAuth credentials, in all organizations, whose token Stripe no longer accepts.

    Stripe repeats events, and delivers them late and out of order: a credential that was reconnected since has a token
    that works, and stays connected. An event may also arrive before the token has ended, so Stripe has to send a fresh
    one again, and one about a token with which Stripe cannot be asked.
    """
    connected = connected_by_oauth(event.account_id, destination, flow).select_related("organization")
    outcomes = await asyncio.gather(*[_settle(services, seen, event) for seen in await connected])
    return next((each for each in _TO_REPEAT if each in outcomes), WebhookOutcome.HANDLED)


async def _settle(services: Services, seen: Credential, event: Deauthorization) -> WebhookOutcome:
    """Disconnects a credential if its token is dead."""
    context = Context(services)
    asked_at = context.now()
    try:
        asked, found = await ask(context, seen, deauthorized=True)
    except (StripeUnavailable, EncryptionKeyMissing):
        return WebhookOutcome.UNDECIDED
    if asked.status is not seen.status:  # a refresh was refused, and has disconnected it
        return WebhookOutcome.HANDLED
    if not isinstance(found, CredentialProblem):
        return WebhookOutcome.TOO_EARLY if event.is_fresh else WebhookOutcome.HANDLED
    async with unit_of_work(context, system_viewer(seen.organization, ActorKind.STRIPE)) as log:
        credential = await Credential.get_or_none(id=seen.id)
        if credential is not None and is_unchanged(context, credential, asked):
            await disconnect(context, log, credential, found, asked_at)
    return WebhookOutcome.HANDLED
