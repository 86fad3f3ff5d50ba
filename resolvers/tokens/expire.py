"""Expiring tokens: the end of each has its event, and its name is free at once."""

from datetime import datetime

from tortoise.queryset import QuerySet

from models import ApiToken, EventKind
from resolvers.events.due import first_end, settle_each, settle_in
from resolvers.events.unit_of_work import Log
from resolvers.services import Services


async def expire_due(services: Services, now: datetime) -> None:
    """Ends every due token, and appends TOKEN_EXPIRED for each."""
    await settle_each(services, _due(now), expire)


async def next_expiry() -> datetime | None:
    """The next time at which a token expires."""
    return await first_end(ApiToken.filter(expires_at__isnull=False, ended_at=None))


async def free_expired_name(log: Log, organization_id: str, name_key: str) -> None:
    """Ends the token with this name, in the caller's transaction, if it is due: the daemon may run late."""
    await settle_in(log, _due(log.now).filter(organization_id=organization_id, name_key=name_key), expire)


async def expire(log: Log, row: ApiToken) -> None:
    """Ends a due token in the caller's transaction."""
    row.ended_at = row.expires_at
    await row.save(update_fields=["ended_at"])
    log.add(EventKind.TOKEN_EXPIRED, row, author=log.system)


def _due(now: datetime) -> QuerySet[ApiToken]:
    return ApiToken.filter(expires_at__lte=now, ended_at=None)
