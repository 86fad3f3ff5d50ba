"""Responses of GraphQL over HTTP: https://graphql.github.io/graphql-over-http/draft/#sec-Response."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from starlette.responses import Response
from strawberry.http import GraphQLHTTPResponse, process_result
from strawberry.types import ExecutionResult

from schema.execution.error_masking import INTERNAL_CODE, UNAVAILABLE_CODE
from web.graphql.negotiation import EVENTS, GRAPHQL, content_type
from web.graphql.sse import encode_single

# Of responses without data; 400 for all other codes.
_STATUSES = {INTERNAL_CODE: 500, UNAVAILABLE_CODE: 503, "TIMEOUT": 503}
_PARTIAL_SUCCESS = 294  # the draft's own, unknown to IANA


@dataclass(frozen=True, slots=True)
class GraphQLResponse:
    """The response to a well-formed request: a JSON body, and the status for GraphQL's own media type."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, result: ExecutionResult) -> Self:
        body = response_body(result)
        return cls(orjson.dumps(body), _status_of(body))

    @property
    def succeeded(self) -> bool:
        """Whether it has data and no errors."""
        return self.status == 200

    def response(self, type_: str) -> Response:
        """The HTTP response of the wanted media type."""
        if type_ == EVENTS:
            stream = encode_single(orjson.Fragment(self.body))
            return Response(stream, headers={**self.headers, "Cache-Control": "no-store"}, media_type=EVENTS)
        status = self.status if type_ == GRAPHQL else 200
        return Response(self.body, status, self.headers, media_type=content_type(type_))


def response_body(result: ExecutionResult) -> GraphQLHTTPResponse:
    """The body, without `data` if nothing was executed: https://spec.graphql.org/October2021/#sec-Data.

    Execution errors have a path; with them, `data` may be null.
    """
    body = process_result(result)
    if result.data is None and not any(error.path for error in result.errors or ()):
        del body["data"]
    return body


def _status_of(body: GraphQLHTTPResponse) -> int:
    if "data" in body:
        return _PARTIAL_SUCCESS if body.get("errors") else 200
    errors: Any = body["errors"]
    return _STATUSES.get(errors[0].get("extensions", {}).get("code"), 400)
