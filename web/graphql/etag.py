"""Conditional requests: what a client has already is not sent again (RFC 9110, 13).

Browsers are told to keep nothing, here as elsewhere: a client that keeps an answer does so in its own memory.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from web.graphql.negotiation import EVENTS
from web.graphql.responses import GraphQLResponse


def with_etag(request: Request, answer: GraphQLResponse, type_: str) -> Response:
    """The answer to a GET with its entity tag; 304 without the answer if the client names this tag."""
    response = answer.response(type_)
    if not answer.succeeded or type_ == EVENTS:
        return response
    tag = f'"{hashlib.sha256(type_.encode() + answer.body).hexdigest()[:32]}"'
    if _names(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return response


def _names(lines: list[str], tag: str) -> bool:
    """Whether If-None-Match names the tag, be it as a weak one, or stands for any."""
    named = {each.strip().removeprefix("W/") for line in lines for each in line.split(",")}
    return tag in named or "*" in named
