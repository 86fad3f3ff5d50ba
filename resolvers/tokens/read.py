"""Reading tokens."""

from collections.abc import Collection, Sequence

from tortoise.queryset import QuerySet

from models import ApiToken, Scope
from resolvers.context import Context
from resolvers.kit.ordering import NounOrder
from resolvers.kit.paging import Page, Window, read_page
from resolvers.rows import find_row


async def page(context: Context, window: Window) -> Page[ApiToken]:
    """A page of the organization's tokens, newest first. Needs MANAGE_TOKENS.

    Raises InvalidArgument or InvalidCursor.
    """
    return await read_page(_visible(context), NounOrder(), window)


async def find(context: Context, id_: str) -> ApiToken | None:
    """One token, or None. Needs MANAGE_TOKENS."""
    return await find_row(_visible(context), "token", id_)


async def by_ids(context: Context, ids: Collection[str]) -> Sequence[ApiToken]:
    """Those of the tokens with these ids that there are, in any order. Needs MANAGE_TOKENS."""
    return await _visible(context).filter(id__in=list(ids))


async def named(context: Context, name: str) -> Sequence[ApiToken]:
    """The tokens with this name that are not revoked: one, or none. Needs MANAGE_TOKENS."""
    return await _visible(context).filter(name=name, revoked_at=None)


def _visible(context: Context) -> QuerySet[ApiToken]:
    return ApiToken.filter(organization_id=context.require(Scope.MANAGE_TOKENS).organization.id)
