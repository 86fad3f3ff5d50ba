"""Type-prefixed, sortable identifiers: TypeIDs over UUIDv7 (https://github.com/jetify-com/typeid)."""

import re

from typeid import TypeID

_SUFFIX = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}")


def new_id(prefix: str) -> str:
    """Generates an identifier such as `integration_01m7zwx30fehmsmqr27xv899ay`; later ones sort after earlier ones."""
    return str(TypeID(prefix=prefix))


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` is a well-formed identifier with this prefix. Does not check that it exists."""
    before, _, suffix = text.rpartition("_")
    return before == prefix and _SUFFIX.fullmatch(suffix) is not None
