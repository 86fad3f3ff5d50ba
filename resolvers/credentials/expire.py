"""Expiring incomplete credentials on time, and warning two minutes ahead.

Each write is a transaction of its own that checks the row again, so two processes never expire one credential twice.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from tortoise.queryset import QuerySet

from models import Credential, CredentialStatus, EventKind
from resolvers.context import Context, system_viewer
from resolvers.events.unit_of_work import unit_of_work
from resolvers.services import Services

_WARNING_AHEAD = timedelta(minutes=2)
_BATCH = 100


async def expire_due(services: Services, now: datetime, organization_id: str | None = None) -> None:
    """Removes every due credential, of one organization or of all, and appends CREDENTIAL_EXPIRED for each."""
    due = Credential.filter(expires_at__lte=now)
    if organization_id is not None:
        due = due.filter(organization_id=organization_id)
    await _write_each(services, due, lambda row: row.delete(), EventKind.CREDENTIAL_EXPIRED, None)


async def warn_expiring(services: Services, now: datetime) -> None:
    """Appends CREDENTIAL_EXPIRING once for each credential that is due within two minutes."""
    await _write_each(
        services,
        _without_warning().filter(expires_at__lte=now + _WARNING_AHEAD),
        lambda row: row.update(expiry_warned=True),
        EventKind.CREDENTIAL_EXPIRING,
        CredentialStatus.INCOMPLETE,
    )


async def next_due() -> datetime | None:
    """The next time at which a credential expires or needs its warning."""
    next_expiry = await Credential.filter(expires_at__isnull=False).order_by("expires_at").first()
    next_warning = await _without_warning().order_by("expires_at").first()
    moments = [next_expiry.expires_at] if next_expiry and next_expiry.expires_at else []
    if next_warning and next_warning.expires_at:
        moments.append(next_warning.expires_at - _WARNING_AHEAD)
    return min(moments, default=None)


async def _write_each(
    services: Services,
    rows: QuerySet[Credential],
    write: Callable[[QuerySet[Credential]], Awaitable[int]],
    kind: EventKind,
    after: CredentialStatus | None,
) -> None:
    """Writes to each of `rows` in bounded batches. The loop ends because a written row no longer matches."""
    while batch := await rows.order_by("expires_at").limit(_BATCH).select_related("organization"):
        for seen in batch:
            async with unit_of_work(Context(services), system_viewer(seen.organization)) as log:
                due = rows.filter(id=seen.id)
                if (row := await due.get_or_none()) and await write(due):
                    log.add(kind, row, before=row.status, after=after)
                    if kind is EventKind.CREDENTIAL_EXPIRED and row.expires_at:
                        services.measures.expired((log.now - row.expires_at).total_seconds())


def _without_warning() -> QuerySet[Credential]:
    return Credential.filter(expires_at__isnull=False, expiry_warned=False)
