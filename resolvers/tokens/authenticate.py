"""Authentication with API tokens."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import lru_cache

from kit.secret import Secret
from models import ActorKind, ApiToken, Scope, TokenStatus
from models.querying import Select, valid_tokens
from resolvers.context import Viewer
from resolvers.refusals import Unauthenticated
from resolvers.services import Services
from resolvers.tokens.text import hash_of, is_token

# The resolution of lastUsedAt, so that not every request writes.
LAST_USED_STEP = timedelta(minutes=1)


async def authenticate(services: Services, token: Secret, now: datetime) -> Viewer:
    """Returns the token's viewer; raises Unauthenticated for any invalid token."""
    row = await services.tokens.load(hash_of(token)) if is_token(token) else None
    if row is None or row.status_at(now) is not TokenStatus.ACTIVE:
        raise Unauthenticated
    await _record_use(services, row, now)
    scopes = _scopes(tuple(row.scopes))
    return Viewer(row.id, row.organization, row.name, scopes, ActorKind.TOKEN, row.id, row.expires_at)


async def by_hashes(hashes: Collection[str]) -> Mapping[str, ApiToken]:
    """The existing tokens with these hashes, each with its organization, by one indexed query."""
    rows = await Select(ApiToken, "organization").where_in("api_tokens.token_hash", hashes).all()
    return {row.token_hash: row for row in rows}


async def valid_scopes(ids: Collection[str], now: datetime) -> Mapping[str, frozenset[Scope]]:
    """The scopes of those tokens that are neither revoked nor expired, by one query. This is no use of them."""
    valid = await valid_tokens(ids, now)
    return {id_: _scopes(scopes) for id_, scopes in valid.items()}


@lru_cache(maxsize=256)
def _scopes(names: tuple[str, ...]) -> frozenset[Scope]:
    """Each combination once: open connections store their viewers."""
    return frozenset(map(Scope, names))


async def _record_use(services: Services, row: ApiToken, now: datetime) -> None:
    """Updates lastUsedAt in steps. A failure to write it does not fail the request."""
    is_recent = row.last_used_at is not None and now - row.last_used_at < LAST_USED_STEP
    if not is_recent and not services.token_uses.paused(now):
        update = ApiToken.filter(id=row.id, last_used_at=row.last_used_at).update(last_used_at=now)
        await services.token_uses.run(update, now)
