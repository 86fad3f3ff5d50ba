"""Reading tokens."""

from collections.abc import Collection, Sequence

from kit.text import name_key
from models import ApiToken, Scope
from models.querying import Select
from resolvers.context import Context
from resolvers.kit.ordering import NounOrder
from resolvers.kit.paging import Page, Window, read_page
from resolvers.rows import find_row, own_tokens


async def page(context: Context, window: Window) -> Page[ApiToken]:
    """A page of the organization's tokens, newest first. Needs MANAGE_TOKENS.

    Raises InvalidArgument or InvalidCursor.
    """
    return await read_page(_visible(context), NounOrder(), window)


async def find(context: Context, id_: str) -> ApiToken | None:
    """One token, or None. Needs MANAGE_TOKENS."""
    return await find_row(_visible(context), "token", id_)


async def own(context: Context) -> ApiToken | None:
    """The token of the caller; None for a user of the identity provider. Needs no scope."""
    viewer = context.viewer()
    return await find_row(own_tokens(viewer), "token", viewer.id)


async def by_ids(context: Context, ids: Collection[str]) -> Sequence[ApiToken]:
    """The existing tokens among these ids, in any order. Needs MANAGE_TOKENS."""
    return await _visible(context).where_in("api_tokens.id", ids).all()


async def named(context: Context, name: str) -> Sequence[ApiToken]:
    """The token that has this name to itself, in a list, or an empty one. Needs MANAGE_TOKENS."""
    holding_names = _visible(context).where("api_tokens.ended_at IS NULL")
    return await holding_names.where("api_tokens.name_key = ?", name_key(name)).all()


def _visible(context: Context) -> Select[ApiToken]:
    return own_tokens(context.require(Scope.MANAGE_TOKENS))
