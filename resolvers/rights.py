"""The right of a viewer, looked at again where it is used: its token may have ended since the request began."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from models import ApiToken, Scope, TokenStatus, is_id
from models.querying import Select
from resolvers.context import Viewer
from resolvers.refusals import Forbidden, Refusal, Unauthenticated


async def refuse_lost_right(viewer: Viewer, now: datetime) -> None:
    """Raises Unauthenticated or Forbidden if the viewer's right is lost."""
    for refusal in await refusals_of([viewer], now):
        if refusal is not None:
            raise refusal


async def refusals_of(viewers: Sequence[Viewer], now: datetime) -> Sequence[Refusal | None]:
    """The refusal of each viewer that has lost its right, else None. Reads the API tokens by one query.

    The identity provider's tokens end by their times alone.
    """
    ids = {viewer.id for viewer in viewers if is_id("token", viewer.id)}
    rows = await Select(ApiToken).where_in("api_tokens.id", ids).all() if ids else []
    tokens = {row.id: row for row in rows}
    return [_refusal(viewer, tokens, now) for viewer in viewers]


def _refusal(viewer: Viewer, tokens: Mapping[str, ApiToken], now: datetime) -> Refusal | None:
    if viewer.refused_from is not None and viewer.refused_from <= now:
        return Unauthenticated()
    if not is_id("token", viewer.id):
        return None
    token = tokens.get(viewer.id)
    if token is None or token.status_at(now) is not TokenStatus.ACTIVE:
        return Unauthenticated()
    present = replace(viewer, scopes=frozenset(map(Scope, token.scopes)))
    return None if viewer.required is None or present.may(viewer.required) else Forbidden(viewer.required)
