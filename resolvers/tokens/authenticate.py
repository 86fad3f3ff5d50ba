"""Finding out who is asking."""

import logging
from datetime import datetime, timedelta

from tortoise.exceptions import DBConnectionError, OperationalError

from adapters.secret import Secret
from models import ApiToken, Scope
from resolvers.context import Viewer
from resolvers.refusals import Unauthenticated
from resolvers.tokens.text import hash_of, is_token

# How coarse lastUsedAt is, so that not every request writes.
_LAST_USED_STEP = timedelta(minutes=1)

_logger = logging.getLogger(__name__)


async def authenticate(token: Secret, now: datetime) -> Viewer:
    """Whose token it is, by one indexed query; raises Unauthenticated, whatever the cause."""
    row = await _find(token)
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise Unauthenticated
    await _note_use(row, now)
    return Viewer(row.id, row.organization, row.name, frozenset(map(Scope, row.scopes)))


async def _find(token: Secret) -> ApiToken | None:
    if not is_token(token):
        return None
    return await ApiToken.filter(token_hash=hash_of(token)).select_related("organization").get_or_none()


async def _note_use(row: ApiToken, now: datetime) -> None:
    """Moves lastUsedAt on, in steps. Reading must not fail because this cannot be written."""
    if row.last_used_at is not None and now - row.last_used_at < _LAST_USED_STEP:
        return
    try:
        await ApiToken.filter(id=row.id, last_used_at=row.last_used_at).update(last_used_at=now)
    except (DBConnectionError, OperationalError):
        _logger.warning("Could not note when the token %s was last used.", row.id)
