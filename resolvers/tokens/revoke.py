"""Revoking a token."""

from models import ApiToken, EventKind, Scope, TokenStatus
from resolvers.context import Context
from resolvers.events.unit_of_work import unit_of_work
from resolvers.rows import get_row, own_tokens
from resolvers.tokens.expire import expire


async def revoke(context: Context, id_: str) -> ApiToken:
    """Revokes a token for good, unless it has ended already. Needs MANAGE_TOKENS; raises NotFound."""
    viewer = context.require(Scope.MANAGE_TOKENS)
    async with unit_of_work(context, viewer) as log:
        row = await get_row(own_tokens(viewer), "token", id_)
        if row.status_at(log.now) is TokenStatus.ACTIVE:
            row.revoked_at = row.ended_at = log.now
            await row.save(update_fields=["revoked_at", "ended_at"])
            log.add(EventKind.TOKEN_REVOKED, row)
        elif row.ended_at is None:
            await expire(log, row)
    return row
