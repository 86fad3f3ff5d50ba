"""What httptools lets pass in the head of a request, and a proxy may have read in another way, is refused.

What comes of requests that are read in two ways: https://www.rfc-editor.org/rfc/rfc9112#section-11
"""

import re

# What a request begins with, be its method known or not.
_REQUEST_LINE = re.compile(rb"[A-Za-z]+ /\S* HTTP/1\.[01]\r\n")


class RefusedHeadError(Exception):
    """A head that httptools lets pass; says why it is refused."""


def check_head(method: bytes, target: bytes, version: str, headers: list[tuple[bytes, bytes]]) -> None:
    """Raises RefusedHeadError; names of headers are in lower case."""
    if version not in {"1.0", "1.1"}:
        raise RefusedHeadError("HTTP/1.0 and HTTP/1.1 are spoken here.")
    if method == b"CONNECT" or not target.startswith(b"/") or b"#" in target:
        raise RefusedHeadError("A request's target is a path, and a query if need be.")
    names = [name for name, _ in headers]
    if names.count(b"host") != 1 and (version == "1.1" or b"host" in names):
        raise RefusedHeadError("A request has one Host.")
    if any(name == b"transfer-encoding" and value.lower() != b"chunked" for name, value in headers):
        raise RefusedHeadError("There is no Transfer-Encoding but chunked.")


def status_of_unread(data: bytes) -> int:
    """The status for what begins with no method that httptools knows: whether it is a request all the same."""
    return 405 if _REQUEST_LINE.match(data) else 400
