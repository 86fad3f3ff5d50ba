"""Idempotency keys: a mutation that is sent again is executed once, and gets the same response.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

import hashlib
import re
from collections.abc import Awaitable, Callable

import orjson
from graphql import FieldNode, OperationDefinitionNode
from starlette.exceptions import HTTPException
from starlette.responses import Response
from strawberry.http import GraphQLRequestData

from kit.secret import Secret
from resolvers.context import Context, Viewer
from resolvers.idempotency import Idempotency, once
from resolvers.refusals import AnswerUnreadable, KeyInUse, KeyReused, Refusal
from web.errors import error_response
from web.graphql.responses import GraphQLResponse

HEADER = "Idempotency-Key"
EXTENSION = "idempotencyKey"
REPLAYED = "Idempotency-Replayed"
_RETRY_AFTER_SECONDS = "1"
CONFLICTS: dict[type[Refusal], str] = {
    KeyInUse: "IDEMPOTENCY_KEY_IN_USE",
    KeyReused: "IDEMPOTENCY_KEY_REUSED",
    AnswerUnreadable: "IDEMPOTENCY_ANSWER_UNREADABLE",
}
# A quoted string (RFC 8941), as the draft requires, or the same without quotes, as most clients send it.
_FORM = re.compile(r'(")?([\x21\x23-\x5b\x5d-\x7e]{1,255})(?(1)")')


def idempotency_of(
    header: str | None, data: GraphQLRequestData, viewer: Viewer | None, mutation: OperationDefinitionNode
) -> Idempotency | None:
    """The key and a hash of the request; None without a key or a viewer. Raises HTTPException.

    The key is the header's, or `extensions.idempotencyKey`, for clients that cannot set headers for each request.

    Scopes are part of the hash, so that a viewer who has lost a scope is not sent a stored response.
    """
    extension = (data.extensions or {}).get(EXTENSION)
    if viewer is None or (header is None and extension is None):
        return None
    if extension not in (None, header) and header is not None:
        raise HTTPException(400, f"{HEADER} and extensions.{EXTENSION} must be equal.")
    key = extension if header is None else header
    form = _FORM.fullmatch(key) if isinstance(key, str) else None
    if form is None:
        raise HTTPException(400, f"{HEADER} must be 1 to 255 visible ASCII characters.")
    selected = mutation.selection_set.selections
    if len(selected) != 1 or not isinstance(selected[0], FieldNode):
        raise HTTPException(
            400, f"A mutation with an {HEADER} must have exactly one field. Send one request per change."
        )
    parts = [sorted(viewer.scopes), data.query, data.variables, data.operation_name]
    return Idempotency(form[2], hashlib.sha256(_encoded(parts)).hexdigest())


def _encoded(parts: object) -> bytes:
    try:
        return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # orjson parses deeper nesting than it serializes
        raise HTTPException(400, "The variables are nested too deeply.") from None


async def execute_once(
    context: Context, idempotency: Idempotency | None, execute: Callable[[], Awaitable[GraphQLResponse]]
) -> GraphQLResponse:
    """The response of `execute`, or the stored one of the first request with this key, with a header that says so."""
    if idempotency is None:
        return await execute()
    async with once(context, idempotency) as attempt:
        if attempt.answer is not None:
            return GraphQLResponse(attempt.answer.reveal().encode(), headers={REPLAYED: "true"})
        response = await execute()
        if response.succeeded:
            await attempt.keep(Secret(response.body.decode()))
        return response


def conflict(refusal: Refusal, type_: str | None) -> Response:
    """The response (409) if the key is in use, belongs to another request, or its stored response is unreadable."""
    response = error_response(409, str(refusal), CONFLICTS[type(refusal)], type_)
    if isinstance(refusal, KeyInUse):
        response.headers["Retry-After"] = _RETRY_AFTER_SECONDS
    return response
