"""Validation and uniqueness of names and similar texts."""

import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kit.text import is_printable, is_visible, name_key, stacks_marks
from kit.text import search_key as key_of_part
from models.duplicates import DuplicateError, raising_duplicates
from resolvers.refusals import InvalidArgument, InvalidInput, NameTaken

MAX_NAME_LENGTH = 100
# Keys of the names under which events record actors that have no token.
_RESERVED = {"cli", "server", "stripe", "system"}


def clean_text(field: str, text: str, max_length: int = MAX_NAME_LENGTH) -> str:
    """Returns the text trimmed and in Unicode's form NFC; raises InvalidInput if empty, too long or unprintable."""
    text = text.strip()
    if not is_printable(text):
        raise InvalidInput(field, f"The {field} cannot contain control characters or line breaks.")
    text = unicodedata.normalize("NFC", text)
    if not is_visible(text) or len(text) > max_length:
        raise InvalidInput(field, f"The {field} must have 1 to {max_length} characters.")
    if stacks_marks(text):
        raise InvalidInput(field, f"The {field} cannot stack combining marks.")
    return text


def is_reserved(name: str) -> bool:
    """Whether a name looks like one of the actors that have no token."""
    return name_key(name) in _RESERVED


def search_key(term: str) -> str:
    """The substring to search for in names' keys; raises InvalidArgument if no name can contain it."""
    if len(term) > MAX_NAME_LENGTH or "\0" in term:
        raise InvalidArgument(f"A search term can have at most {MAX_NAME_LENGTH} characters.")
    return key_of_part(term)


def exact_key(term: str) -> str:
    """The key of a whole name, by which names are unique; raises InvalidArgument if no name can have it."""
    return search_key(term).strip()


@asynccontextmanager
async def refusing_taken_name(noun: str, name: str) -> AsyncIterator[None]:
    """Turns a violation of the unique index into NameTaken. `noun` includes its article."""
    try:
        with raising_duplicates():
            yield
    except DuplicateError:
        raise NameTaken(noun, name) from None
