"""Translates violations of unique indexes, which the ORM reports with other integrity errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from tortoise.exceptions import IntegrityError

# The codes are the same in every language: https://www.postgresql.org/docs/current/errcodes-appendix.html and
# https://www.sqlite.org/rescode.html#constraint_unique
_UNIQUE_VIOLATIONS = {"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}


class DuplicateError(Exception):
    """A row with the same unique values already exists."""


@contextmanager
def raising_duplicates() -> Iterator[None]:
    """Raises DuplicateError if a write in the context violates a unique index."""
    try:
        yield
    except IntegrityError as error:
        cause = error.args[0] if error.args else None  # the driver's own exception
        if {getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None)} & _UNIQUE_VIOLATIONS:
            raise DuplicateError from None
        raise
