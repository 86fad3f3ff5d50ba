"""Translates violations of unique indexes, which the ORM reports with other integrity errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from tortoise.exceptions import IntegrityError


class DuplicateError(Exception):
    """A row with the same unique values already exists."""


@contextmanager
def raising_duplicates() -> Iterator[None]:
    """Raises DuplicateError if a write in the context violates a unique index."""
    try:
        yield
    except IntegrityError as error:
        if "unique" not in str(error).lower():  # in both databases' messages; Tortoise preserves nothing else
            raise
        raise DuplicateError from None
