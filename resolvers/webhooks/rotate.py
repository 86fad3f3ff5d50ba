"""Rotating a webhook endpoint's signing secret: both sign for a while, so receivers can change over without a gap."""

from kit.secret import Secret
from models import EventKind, Scope, WebhookEndpoint
from resolvers.context import Context
from resolvers.events.unit_of_work import unit_of_work
from resolvers.refusals import InvalidInput
from resolvers.rows import get_row, own_webhook_endpoints, refuse_stale, save_changed
from resolvers.webhooks import previous
from resolvers.webhooks.sealing import new_secret, secret_context

MAX_OVERLAP_SECONDS = 7 * 24 * 60 * 60
_REASON = "The signing secret was rotated."


async def rotate(
    context: Context, *, id_: str, overlap_seconds: int, expected_version: int | None = None
) -> tuple[WebhookEndpoint, Secret]:
    """Gives an endpoint a new secret; returns both. The old one signs, too, for the overlap. Needs CONFIGURE.

    Raises InvalidInput, NotFound, StaleVersion or EncryptionKeyMissing.
    """
    viewer = context.require(Scope.CONFIGURE)
    if not 0 <= overlap_seconds <= MAX_OVERLAP_SECONDS:
        message = f"The overlap can last 0 to {MAX_OVERLAP_SECONDS:,} seconds, which are seven days."
        raise InvalidInput("overlap_seconds", message)
    secret = new_secret()
    async with unit_of_work(context, viewer) as log:
        row = await get_row(own_webhook_endpoints(viewer), "endpoint", id_)
        refuse_stale(row, expected_version)
        previous.keep_secret(context, row, overlap_seconds)
        row.sealed_secret = context.services.vault.seal(secret, secret_context(row))
        await save_changed(context, row, only=("sealed_secret", *previous.COLUMNS))
        log.add(EventKind.WEBHOOK_ENDPOINT_UPDATED, row, before=row.status, after=row.status, reason=_REASON)
    return row, secret
