"""The previous signing secret of an endpoint, which signs together with its secret for a while after a rotation.

Readers compare the clock, so that a secret whose time is over never signs, even if the daemon erases it late.
"""

from datetime import datetime, timedelta

from adapters.vault import UnreadableError
from models import EventKind, WebhookEndpoint
from resolvers.context import Context
from resolvers.events.due import first_end, settle_each
from resolvers.events.unit_of_work import Log
from resolvers.services import Services
from resolvers.webhooks.sealing import open_secret, previous_secret_context

_END = "previous_secret_until"
COLUMNS = ("sealed_previous_secret", _END)
_REASON = "The previous signing secret was erased."


def keep_secret(context: Context, endpoint: WebhookEndpoint, seconds: int) -> None:
    """Seals the endpoint's secret as its previous one. Call it before another secret takes its place.

    Erases the previous one for 0 seconds, and if the secret is damaged. Raises EncryptionKeyMissing.
    """
    endpoint.sealed_previous_secret = endpoint.previous_secret_until = None
    if seconds == 0:
        return
    vault = context.services.vault
    try:
        secret = open_secret(vault, endpoint)
    except UnreadableError:
        return
    endpoint.sealed_previous_secret = vault.seal(secret, previous_secret_context(endpoint))
    endpoint.previous_secret_until = context.now() + timedelta(seconds=seconds)


def valid_until(endpoint: WebhookEndpoint, now: datetime) -> datetime | None:
    """The end of the previous secret; None if there is none, or once its time is over."""
    until = endpoint.previous_secret_until
    return None if until is None or until <= now else until


async def erase_due(services: Services, now: datetime) -> None:
    """Erases every previous secret whose time is over, and appends WEBHOOK_ENDPOINT_UPDATED for each."""
    await settle_each(services, WebhookEndpoint.filter(previous_secret_until__lte=now), _erase, by=_END)


async def next_erasure() -> datetime | None:
    """The next time at which a previous secret is to be erased."""
    return await first_end(WebhookEndpoint.filter(previous_secret_until__isnull=False), by=_END)


async def _erase(log: Log, row: WebhookEndpoint) -> None:
    """Leaves version and time of the last update as they are: what clients read does not change."""
    row.sealed_previous_secret = row.previous_secret_until = None
    await row.save(update_fields=COLUMNS)
    log.add(EventKind.WEBHOOK_ENDPOINT_UPDATED, row, before=row.status, after=row.status, reason=_REASON)
