"""Names that people give, and texts like them."""

import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tortoise.exceptions import IntegrityError

from resolvers.refusals import InvalidInput, NameTaken

MAX_NAME_LENGTH = 100
# Control characters, line and paragraph separators, and halves of surrogate pairs, by Unicode's general categories.
_REFUSED_CATEGORIES = {"Cc", "Zl", "Zp", "Cs"}


def clean_text(field: str, text: str, max_length: int = MAX_NAME_LENGTH) -> str:
    """The text trimmed and in Unicode's normal form C; raises InvalidInput if empty, too long or unprintable."""
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in text.strip()):
        raise InvalidInput(field, "Control characters and line breaks are not allowed here.")
    text = unicodedata.normalize("NFC", text.strip())
    if not 1 <= len(text) <= max_length:
        raise InvalidInput(field, f"This needs between 1 and {max_length} characters.")
    return text


def name_key(name: str) -> str:
    """What names are searched and ordered by: without regard to case or to compatibility forms."""
    return unicodedata.normalize("NFKC", name).casefold()


@asynccontextmanager
async def refusing_taken_name(noun: str, name: str) -> AsyncIterator[None]:
    """Turns the unique index's answer to a write within into NameTaken. `noun` comes with its article."""
    try:
        yield
    except IntegrityError as error:
        if "unique" in str(error).lower():
            raise NameTaken(noun, name) from None
        raise
