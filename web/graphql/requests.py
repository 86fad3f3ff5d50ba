"""Requests and answers of GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.types import ExecutionResult

from schema.execution.error_masking import INTERNAL_CODE, UNAVAILABLE_CODE
from web.graphql.event_stream import encode_single
from web.graphql.negotiation import EVENTS, GRAPHQL, JSON
from web.graphql.results import answer_of

_CHALLENGE = {"WWW-Authenticate": "Bearer"}
# Of answers without data; 400 for all other codes.
_STATUSES = {INTERNAL_CODE: 500, UNAVAILABLE_CODE: 503, "TIMEOUT": 503}
_PARTIAL_SUCCESS = 294  # not IANA's but the draft's own


def error_response(status: int, message: str, code: str, type_: str | None = JSON, **more: object) -> Response:
    """An error of a request that was not executed, in GraphQL's form: of the wanted type, or as plain JSON.

    `more` goes beside the code.
    """
    errors = [{"message": message, "extensions": {"code": code, **more}}]
    response = JSONResponse({"errors": errors}, status, headers=_CHALLENGE if status == 401 else None)
    response.headers["Content-Type"] = _content_type(GRAPHQL if type_ == GRAPHQL else JSON)
    return response


def refused(error: HTTPException, type_: str | None = JSON) -> Response:
    """The answer, of the wanted type, to what is no request for an operation."""
    response = error_response(error.status_code, error.detail, getattr(error, "code", "INVALID_REQUEST"), type_)
    response.headers.update(error.headers or {})
    return response


@dataclass(frozen=True, slots=True)
class GraphQLResponse:
    """The answer to an operation that was asked for in due form: JSON, and the status of GraphQL's own media type."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, result: ExecutionResult) -> Self:
        """The answer that tells of a result."""
        answer = answer_of(result)
        return cls(orjson.dumps(answer), _status_of(answer))

    @property
    def succeeded(self) -> bool:
        """Whether it has data, and no errors."""
        return self.status == 200

    def response(self, type_: str) -> Response:
        """The answer in the form that the client wants."""
        if type_ == EVENTS:
            stream = encode_single(orjson.Fragment(self.body))
            return Response(stream, headers={**self.headers, "Cache-Control": "no-store"}, media_type=EVENTS)
        status = self.status if type_ == GRAPHQL else 200
        return Response(self.body, status, self.headers, media_type=_content_type(type_))


def _status_of(answer: GraphQLHTTPResponse) -> int:
    if "data" in answer:
        return _PARTIAL_SUCCESS if answer.get("errors") else 200
    errors: Any = answer["errors"]
    return _STATUSES.get(errors[0].get("extensions", {}).get("code"), 400)


def _content_type(type_: str) -> str:
    return f"{type_}; charset=utf-8"


async def parse_request(request: Request) -> GraphQLRequestData:
    """The operation that a GET's parameters or a POST's body describe; raises HTTPException."""
    params = dict(request.query_params) if request.method == "GET" else await _body(request)
    query, name = params.get("query"), params.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise HTTPException(400, "Send the GraphQL document as the string 'query'.")
    if not isinstance(name, str | None):
        raise HTTPException(400, "'operationName' has to be a string.")
    return GraphQLRequestData(
        query=query,
        variables=_object(params, "variables"),
        operation_name=name or None,
        extensions=_object(params, "extensions"),
        protocol="http",
    )


async def _body(request: Request) -> dict[str, Any]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, "Send the request as application/json.")
    body = _json(await request.body(), "The body")
    if not isinstance(body, dict):
        raise HTTPException(400, "The body has to be a JSON object.")
    return body


def _object(params: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = params.get(name)
    if isinstance(value, str):  # in a URL it is JSON in a string
        value = _json(value, f"'{name}'") if value else None
    if not isinstance(value, dict | None):
        raise HTTPException(400, f"'{name}' has to be a JSON object.")
    return value


def _json(text: str | bytes, what: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise HTTPException(400, f"{what} has to be JSON in UTF-8.") from None
