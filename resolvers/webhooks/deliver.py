"""One attempt to deliver an event to an endpoint."""

from contextlib import suppress
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from adapters.vault import UnreadableError
from adapters.webhooks.sender import SentWebhook
from adapters.webhooks.signing import signed_headers
from kit.secret import Secret
from models import Event, WebhookDelivery, WebhookDeliveryOutcome, WebhookEndpoint
from resolvers.context import Context
from resolvers.services import Services
from resolvers.webhooks.message import message_of
from resolvers.webhooks.sealing import open_previous_secret, open_secret

_DAMAGED = "The signing secret is damaged. Rotate it."


async def deliver_once(context: Context, endpoint: WebhookEndpoint, event: Event) -> WebhookDelivery:
    """Sends an event now, whatever the endpoint's status, position and kinds, and stores the attempt.

    For tests of an endpoint: the result changes nothing else, and is not one of the attempts of the event that waits.
    Call it outside a transaction. Stores nothing if the endpoint is deleted meanwhile. Raises EncryptionKeyMissing.
    """
    now = context.now()
    sent = await send(context.services, endpoint, event, now)
    outcome = WebhookDeliveryOutcome.FAILED if sent.problem else WebhookDeliveryOutcome.DELIVERED
    delivery = delivery_of(endpoint, event, sent, outcome, now, attempt=1)
    async with in_transaction():
        if await WebhookEndpoint.filter(id=endpoint.id).select_for_update(no_key=True).get_or_none():
            await delivery.save(force_create=True)
    context.services.measures.delivered(outcome)
    return delivery


async def send(services: Services, endpoint: WebhookEndpoint, event: Event, now: datetime) -> SentWebhook:
    """Signs an event with every secret of the endpoint that is valid, and sends it. Raises EncryptionKeyMissing."""
    try:
        secrets = _secrets(services, endpoint, now)
    except UnreadableError:
        return SentWebhook(None, _DAMAGED, timedelta())
    message = message_of(event)
    headers = signed_headers(message.id, now, message.body, secrets)
    return await services.webhooks.send(endpoint.url, headers, message.body.encode(), endpoint.organization_id)


def delivery_of(
    endpoint: WebhookEndpoint,
    event: Event,
    sent: SentWebhook,
    outcome: WebhookDeliveryOutcome,
    now: datetime,
    *,
    attempt: int,
) -> WebhookDelivery:
    """The record of an attempt, which began at `now` and is the event's so many-th."""
    return WebhookDelivery(
        organization_id=endpoint.organization_id,
        endpoint_id=endpoint.id,
        position=event.position,
        kind=event.kind,
        attempt=attempt,
        attempted_at=now,
        outcome=outcome,
        response_status=sent.status,
        duration_ms=round(sent.duration / timedelta(milliseconds=1)),
        problem=sent.problem,
    )


def _secrets(services: Services, endpoint: WebhookEndpoint, now: datetime) -> list[Secret]:
    secrets = [open_secret(services.vault, endpoint)]
    if endpoint.previous_secret_until and endpoint.previous_secret_until > now:
        with suppress(UnreadableError):  # the current one is enough
            secrets.append(open_previous_secret(services.vault, endpoint))
    return secrets
