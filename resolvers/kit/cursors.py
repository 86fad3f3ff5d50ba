"""Cursors: a JSON list in base64url. Clients treat them as opaque: the contents are not secret, but may change."""

import base64

import orjson

from resolvers.refusals import InvalidCursor

CursorParts = list[str | int]
# Databases compare columns with integers of 64 bits only.
_END = 2**63


def encode_cursor(parts: CursorParts) -> str:
    """Encodes parts as a cursor."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def decode_cursor(cursor: str, shape: tuple[str | type, ...]) -> CursorParts:
    """Decodes a cursor; raises InvalidCursor unless its parts match `shape`, which has literals or types."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        parts = orjson.loads(packed)
    except ValueError:
        parts = None
    if not isinstance(parts, list) or len(parts) != len(shape) or not all(map(_fits, parts, shape)):
        raise InvalidCursor(
            "This cursor is malformed or belongs to another list. Use a cursor unchanged, with the same order."
        )
    return parts


def _fits(part: object, expected: str | type) -> bool:
    if isinstance(expected, str):
        return part == expected
    if isinstance(part, int) and not 0 <= part < _END:
        return False
    return type(part) is expected and "\0" not in str(part)
