"""Revoking a token."""

from models import ApiToken, EventKind, Scope
from resolvers.context import Context
from resolvers.events.unit_of_work import unit_of_work
from resolvers.rows import get_row, own_tokens


async def revoke(context: Context, id_: str) -> ApiToken:
    """Revokes a token for good. Revoking it again has no effect. Needs MANAGE_TOKENS; raises NotFound."""
    viewer = context.require(Scope.MANAGE_TOKENS)
    async with unit_of_work(context, viewer) as log:
        row = await get_row(own_tokens(viewer), "token", id_)
        if row.revoked_at is None:
            row.revoked_at = context.now()
            await row.save(update_fields=["revoked_at"])
            log.add(EventKind.TOKEN_REVOKED, row)
    return row
