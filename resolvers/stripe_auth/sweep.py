"""Removing incomplete credentials whose time is up, and telling of those whose time is nearly up.

Each is a transaction of its own, which looks again before it writes: of two that sweep at once, one finds nothing.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from models import Credential, CredentialStatus, EventKind, StripeAuth
from resolvers.context import Context, Services, system_viewer
from resolvers.events.log import changing

WARNING_AHEAD = timedelta(minutes=2)
# How long an attempt is remembered, to say "expired" instead of "unknown".
_REMEMBERED = timedelta(days=1)
_BATCH = 100


async def expire_due(services: Services, now: datetime, organization_id: str | None = None) -> None:
    """Removes all that is due, of one organization or of all, and notes each in the log as CREDENTIAL_EXPIRED."""
    due = Credential.filter(expires_at__lte=now)
    if organization_id is not None:
        due = due.filter(organization_id=organization_id)
    await _write_each(services, due, lambda row: row.delete(), EventKind.CREDENTIAL_EXPIRED, None)


async def tell_expiring(services: Services, now: datetime) -> None:
    """Notes each that will be due within two minutes in the log as CREDENTIAL_EXPIRING, once."""
    expiring = _untold().filter(expires_at__lte=now + WARNING_AHEAD)
    status = CredentialStatus.INCOMPLETE
    await _write_each(
        services, expiring, lambda row: row.update(expiring_told=True), EventKind.CREDENTIAL_EXPIRING, status
    )


async def _write_each(
    services: Services,
    rows: QuerySet[Credential],
    write: Callable[[QuerySet[Credential]], Awaitable[int]],
    kind: EventKind,
    after: CredentialStatus | None,
) -> None:
    """Writes to each of the rows, in bounded batches, after which it is none of them any more; notes those written."""
    while batch := await rows.order_by("expires_at").limit(_BATCH).select_related("organization"):
        for seen in batch:
            async with changing(Context(services), system_viewer(seen.organization)) as log:
                if await write(rows.filter(id=seen.id)):
                    log.add(kind, seen, before=seen.status, after=after)
                    if kind is EventKind.CREDENTIAL_EXPIRED and seen.expires_at:
                        services.measures.swept((log.now - seen.expires_at).total_seconds())


async def forget_old_attempts(now: datetime) -> None:
    """Removes attempts that nobody will come back to; looks first, since a deletion of nothing locks SQLite too."""
    old = StripeAuth.filter(expires_at__lte=now - _REMEMBERED)
    if await old.exists():
        await old.delete()


async def next_due() -> datetime | None:
    """When the next credential has to be removed or told of."""
    ends = await Credential.filter(expires_at__isnull=False).order_by("expires_at").first()
    nears = await _untold().order_by("expires_at").first()
    moments = [ends.expires_at] if ends and ends.expires_at else []
    if nears and nears.expires_at:
        moments.append(nears.expires_at - WARNING_AHEAD)
    return min(moments, default=None)


def _untold() -> QuerySet[Credential]:
    return Credential.filter(expires_at__isnull=False, expiring_told=False)
