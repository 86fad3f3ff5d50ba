"""Validation and search keys of names and similar texts."""

import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models.duplicates import DuplicateError, raising_duplicates
from resolvers.refusals import InvalidArgument, InvalidInput, NameTaken

MAX_NAME_LENGTH = 100
# Names under which events record actors that have no token.
RESERVED = {"cli", "server", "stripe", "system"}
# Control characters, line and paragraph separators, and halves of surrogate pairs, by Unicode's general categories.
_REFUSED_CATEGORIES = {"Cc", "Zl", "Zp", "Cs"}
# Marks that change the direction of text, with which one name can be made to look like another (Trojan Source).
_REFUSED_DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_VISIBLE = ("L", "N", "P", "S")


def clean_text(field: str, text: str, max_length: int = MAX_NAME_LENGTH) -> str:
    """Returns the text trimmed and in Unicode's form NFC; raises InvalidInput if empty, too long or unprintable."""
    text = text.strip()
    if not all(map(_is_allowed, text)):
        raise InvalidInput(field, f"The {field} cannot contain control characters or line breaks.")
    text = unicodedata.normalize("NFC", text)
    visible = any(unicodedata.category(character).startswith(_VISIBLE) for character in text)
    if not visible or len(text) > max_length:
        raise InvalidInput(field, f"The {field} must have 1 to {max_length} characters.")
    return text


def _is_allowed(character: str) -> bool:
    category, direction = unicodedata.category(character), unicodedata.bidirectional(character)
    return category not in _REFUSED_CATEGORIES and direction not in _REFUSED_DIRECTIONS


def search_key(term: str) -> str:
    """The substring to search for in names' keys; raises InvalidArgument if no name can contain it."""
    if len(term) > MAX_NAME_LENGTH or "\0" in term:
        raise InvalidArgument(f"A search term can have at most {MAX_NAME_LENGTH} characters.")
    return name_key(term)


def exact_name(term: str) -> str:
    """The form by which names are unique; raises InvalidArgument if no name can have it."""
    search_key(term)
    return unicodedata.normalize("NFC", term.strip())


def name_key(name: str) -> str:
    """The key by which names are searched and ordered: case-folded, in Unicode's form NFKC."""
    return unicodedata.normalize("NFKC", name).casefold()


@asynccontextmanager
async def refusing_taken_name(noun: str, name: str) -> AsyncIterator[None]:
    """Turns a violation of the unique index into NameTaken. `noun` includes its article."""
    try:
        with raising_duplicates():
            yield
    except DuplicateError:
        raise NameTaken(noun, name) from None
