"""Encoding of server-sent events: graphql-sse over https://html.spec.whatwg.org/multipage/server-sent-events.html."""

from typing import cast

import orjson
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import SSETransport

_TRANSPORT = SSETransport()
HEADERS = dict(_TRANSPORT.headers)
COMPLETE = _TRANSPORT.encode_complete()
KEEP_ALIVE = _TRANSPORT.encode_comment("")


def encode_single(body: GraphQLHTTPResponse | orjson.Fragment) -> str:
    """The whole stream of an operation with one result."""
    return with_line_feeds(encode_next(body) + COMPLETE)


def encode_next(body: GraphQLHTTPResponse | orjson.Fragment) -> str:
    """The event of one result."""
    return _TRANSPORT.encode_next(cast("GraphQLHTTPResponse", body), lambda data: orjson.dumps(data).decode())


def with_line_feeds(text: str) -> str:
    """The text with LF line endings, which suit shells; the standard allows CRLF and LF."""
    return text.replace("\r\n", "\n")
