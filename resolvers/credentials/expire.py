"""Expiring incomplete credentials on time, and warning two minutes ahead."""

from datetime import datetime, timedelta
from functools import partial

from tortoise.queryset import QuerySet

from models import Credential, CredentialStatus, EventKind
from resolvers.events.due import first_end, settle_each, settle_in
from resolvers.events.unit_of_work import Log
from resolvers.services import Services

_WARNING_AHEAD = timedelta(minutes=2)


async def expire_due(services: Services, now: datetime) -> None:
    """Removes every due credential, and appends CREDENTIAL_EXPIRED for each."""
    await settle_each(services, _due(now), partial(_expire_on_time, services))


async def warn_expiring(services: Services, now: datetime) -> None:
    """Appends CREDENTIAL_EXPIRING once for each credential that is due within two minutes."""
    await settle_each(services, _without_warning().filter(expires_at__lte=now + _WARNING_AHEAD), _warn)


async def next_expiry() -> datetime | None:
    """The next time at which a credential expires."""
    return await first_end(Credential.filter(expires_at__isnull=False))


async def next_warning() -> datetime | None:
    """The next time at which a credential needs its warning."""
    end = await first_end(_without_warning())
    return end and end - _WARNING_AHEAD


async def free_expired_name(log: Log, organization_id: str, name_key: str) -> None:
    """Removes the credential with this name, in the caller's transaction, if it is due: the daemon may run late."""
    await settle_in(log, _due(log.now).filter(organization_id=organization_id, name_key=name_key), _expire)


async def _expire_on_time(services: Services, log: Log, row: Credential) -> None:
    await _expire(log, row)
    if row.expires_at:
        services.measures.expired((log.now - row.expires_at).total_seconds())


async def _expire(log: Log, row: Credential) -> None:
    await row.delete()
    log.add(EventKind.CREDENTIAL_EXPIRED, row, before=row.status, author=log.system)


async def _warn(log: Log, row: Credential) -> None:
    row.expiry_warned = True
    await row.save(update_fields=["expiry_warned"])
    log.add(EventKind.CREDENTIAL_EXPIRING, row, before=row.status, after=CredentialStatus.INCOMPLETE)


def _due(now: datetime) -> QuerySet[Credential]:
    return Credential.filter(expires_at__lte=now)


def _without_warning() -> QuerySet[Credential]:
    return Credential.filter(expires_at__isnull=False, expiry_warned=False)
