"""Issuing a token."""

from collections.abc import Collection
from datetime import datetime

from kit.secret import Secret
from kit.text import name_key
from models import ApiToken, EventKind, Scope
from resolvers.context import Context, Viewer
from resolvers.events.unit_of_work import unit_of_work
from resolvers.kit.naming import clean_text, is_reserved, refusing_taken_name
from resolvers.refusals import InvalidInput
from resolvers.tokens.expire import free_expired_name
from resolvers.tokens.text import hash_of, mask, new_token


async def issue(
    context: Context, *, name: str, scopes: Collection[Scope], expires_at: datetime | None
) -> tuple[ApiToken, Secret]:
    """Issues a token; returns it and its text, which is not stored. Needs MANAGE_TOKENS and every granted scope.

    Raises InvalidInput or NameTaken. The name of a token that has ended can be used again.
    """
    viewer = context.require(Scope.MANAGE_TOKENS)
    name, now = clean_text("name", name), context.now()
    if is_reserved(name):
        raise InvalidInput("name", "This name is reserved.")
    _refuse_scopes(viewer, scopes)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("expires_at", "The expiry must be in the future.")
    token = new_token()
    row = ApiToken(
        organization_id=viewer.organization.id,
        name=name,
        name_key=name_key(name),
        scopes=[scope.value for scope in Scope if scope in scopes],
        token_hash=hash_of(token),
        masked_token=mask(token),
        created_at=now,
        expires_at=expires_at,
    )
    async with unit_of_work(context, viewer) as log:
        await free_expired_name(log, viewer.organization.id, row.name_key)
        async with refusing_taken_name("a token", name):
            await row.save(force_create=True)
        log.add(EventKind.TOKEN_ISSUED, row)
    return row, token


def _refuse_scopes(viewer: Viewer, scopes: Collection[Scope]) -> None:
    if not scopes:
        raise InvalidInput("scopes", "A token needs at least one scope.")
    if lacking := [scope.value for scope in Scope if scope in scopes and not viewer.may(scope)]:
        raise InvalidInput("scopes", f"You can only grant scopes that you have. You lack: {', '.join(lacking)}.")
