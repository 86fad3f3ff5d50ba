"""Conditional requests (RFC 9110, section 13): 304 without a body if the client has the current response.

Responses are `no-store`, so browsers do not cache them; clients use ETags with a cache in their own memory.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from web.graphql.negotiation import EVENTS
from web.graphql.responses import GraphQLResponse


def with_etag(request: Request, result: GraphQLResponse, type_: str) -> Response:
    """The response to a GET with its entity tag, or 304 if the request has this tag in If-None-Match."""
    response = result.response(type_)
    if not result.succeeded or type_ == EVENTS:
        return response
    tag = f'"{hashlib.sha256(type_.encode() + result.body).hexdigest()[:32]}"'
    if _matches(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return response


def _matches(lines: list[str], tag: str) -> bool:
    """Whether If-None-Match holds the tag, strong or weak, or the wildcard."""
    tags = {each.strip().removeprefix("W/") for line in lines for each in line.split(",")}
    return tag in tags or "*" in tags
