"""Cursors: opaque to clients, a JSON list in base64url to us. What they hold is not secret, only not promised."""

import base64

import orjson

from resolvers.refusals import InvalidCursor

CursorParts = list[str | int]


def encode_cursor(parts: CursorParts) -> str:
    """The cursor that holds these parts."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def decode_cursor(cursor: str, shape: tuple[str | type, ...]) -> CursorParts:
    """The parts of a cursor; raises InvalidCursor unless they match `shape`: literals, then the other parts' types."""
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
    return type(part) is expected and "\0" not in str(part)
