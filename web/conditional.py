"""Conditional requests: what a client has already is not sent again (RFC 9110, 13)."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from web.answers import Answer
from web.negotiation import EVENTS

# To be kept by the client alone, and asked for each time whether it still holds.
_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization"}


def unless_known(request: Request, answer: Answer, type_: str) -> Response:
    """The answer to a GET with its entity tag; 304 without the answer if the client names this tag."""
    response = answer.response(type_)
    if not answer.succeeded or type_ == EVENTS:
        return response
    tag = f'"{hashlib.sha256(type_.encode() + answer.body).hexdigest()[:32]}"'
    headers = {**_HEADERS, "ETag": tag}
    if _names(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


def _names(lines: list[str], tag: str) -> bool:
    """Whether If-None-Match names the tag, be it as a weak one, or stands for any."""
    named = {each.strip().removeprefix("W/") for line in lines for each in line.split(",")}
    return tag in named or "*" in named
