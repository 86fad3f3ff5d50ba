"""Unique indexes: a database's refusal of a second row, as an exception of our own."""

from collections.abc import Iterator
from contextlib import contextmanager

from tortoise.exceptions import IntegrityError


class DuplicateError(Exception):
    """A row with these unique values exists already."""


@contextmanager
def raising_duplicates() -> Iterator[None]:
    """Raises DuplicateError if a write within violates a unique index."""
    try:
        yield
    except IntegrityError as error:
        if "unique" not in str(error).lower():  # both databases say so, and Tortoise keeps their words only
            raise
        raise DuplicateError from None
