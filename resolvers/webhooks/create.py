"""Creating a webhook endpoint."""

from collections.abc import Collection

from kit.secret import Secret
from models import EventKind, Scope, WebhookEndpoint, WebhookEndpointStatus
from resolvers.context import Context
from resolvers.events.unit_of_work import unit_of_work
from resolvers.refusals import TooManyWebhookEndpoints
from resolvers.rows import own_webhook_endpoints
from resolvers.webhooks.sealing import new_secret, secret_context
from resolvers.webhooks.settings import clean_description, clean_kinds, clean_url

MAX_ENDPOINTS = 20


async def create(
    context: Context, *, url: str, description: str | None, kinds: Collection[EventKind] | None
) -> tuple[WebhookEndpoint, Secret]:
    """Creates an endpoint that starts with the next event; returns it and its secret. Needs CONFIGURE.

    Raises InvalidInput, or TooManyWebhookEndpoints if the organization has as many as it can.
    """
    viewer = context.require(Scope.CONFIGURE)
    row = WebhookEndpoint(
        organization_id=viewer.organization.id,
        url=clean_url(context, url),
        description=clean_description(description),
        kinds=clean_kinds(kinds),
        status=WebhookEndpointStatus.ENABLED,
    )
    secret = new_secret()
    row.sealed_secret = context.services.vault.seal(secret, secret_context(row))
    async with unit_of_work(context, viewer) as log:
        if await own_webhook_endpoints(viewer).count() >= MAX_ENDPOINTS:
            raise TooManyWebhookEndpoints(MAX_ENDPOINTS)
        log.add(EventKind.WEBHOOK_ENDPOINT_CREATED, row, after=row.status)
        row.position = log.position  # the events after its own creation are sent
        row.created_at = row.updated_at = log.now
        await row.save(force_create=True)
    return row, secret
