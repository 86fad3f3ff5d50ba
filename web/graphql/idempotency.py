"""The header Idempotency-Key: a mutation that is sent again changes nothing again, and has the same answer.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

import hashlib
import re
from collections.abc import Awaitable, Callable

import orjson
from graphql import FieldNode, OperationDefinitionNode
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from strawberry.http import GraphQLRequestData

from kit.secret import Secret
from resolvers.context import Context, Viewer
from resolvers.idempotency import Idempotency, once
from resolvers.refusals import AnswerUnreadable, KeyInUse, KeyReused, Refusal
from web.errors import error_response
from web.graphql.responses import GraphQLResponse

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_RETRY_AFTER_SECONDS = "1"
CONFLICTS: dict[type[Refusal], str] = {
    KeyInUse: "IDEMPOTENCY_KEY_IN_USE",
    KeyReused: "IDEMPOTENCY_KEY_REUSED",
    AnswerUnreadable: "IDEMPOTENCY_ANSWER_UNREADABLE",
}
# A string by RFC 8941 ("…"), as the draft has it, or the same without quotes, as most clients send it.
_FORM = re.compile(r'(")?([\x21\x23-\x5b\x5d-\x7e]{1,255})(?(1)")')


def idempotency_of(
    request: Request, data: GraphQLRequestData, viewer: Viewer | None, mutation: OperationDefinitionNode
) -> Idempotency | None:
    """What the header says of a viewer's request for a mutation; None without it.

    A viewer with other scopes than before sends another request: an answer is not for who may not ask for it any more.
    Raises HTTPException.
    """
    header = request.headers.get(HEADER)
    if viewer is None or header is None:
        return None
    form = _FORM.fullmatch(header)
    if form is None:
        raise HTTPException(400, f"The {HEADER} needs between 1 and 255 visible ASCII characters.")
    selected = mutation.selection_set.selections
    if len(selected) != 1 or not isinstance(selected[0], FieldNode):
        raise HTTPException(400, f"An {HEADER} goes with one field: send each change with a key of its own.")
    asked = [sorted(viewer.scopes), data.query, data.variables, data.operation_name]
    return Idempotency(form[2], hashlib.sha256(_written(asked)).hexdigest())


def _written(asked: object) -> bytes:
    try:
        return orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # it reads deeper than it writes
        raise HTTPException(400, "The variables are nested too deeply.") from None


async def execute_once(
    context: Context, idempotency: Idempotency, execute: Callable[[], Awaitable[GraphQLResponse]]
) -> GraphQLResponse:
    """The answer that `execute` gives, or that of the first request with this key, whose header tells then."""
    async with once(context, idempotency) as attempt:
        if attempt.answer is not None:
            return GraphQLResponse(attempt.answer.reveal().encode(), headers={REPLAYED: "true"})
        answer = await execute()
        if answer.succeeded:
            await attempt.keep(Secret(answer.body.decode()))
        return answer


def conflict(refusal: Refusal, type_: str | None) -> Response:
    """The answer to a key that cannot be served now, or never for this request."""
    response = error_response(409, str(refusal), CONFLICTS[type(refusal)], type_)
    if isinstance(refusal, KeyInUse):
        response.headers["Retry-After"] = _RETRY_AFTER_SECONDS
    return response
