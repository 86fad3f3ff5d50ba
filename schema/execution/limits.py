"""The limits of documents, and the errors for exceeding them."""

from collections.abc import Hashable
from typing import Literal, Protocol

from schema.execution.client_errors import ClientError

# graphql-core reads about 5 characters per microsecond, so this takes a few milliseconds.
MAX_CHARACTERS = 32_768
# The most errors reported for one document. The last of them says that there are more.
MAX_ERRORS = 10


class DocumentLimits(Hashable, Protocol):
    """The limits of documents, which the settings implement. Hashable, because they are part of a cache key."""

    @property
    def max_tokens(self) -> int: ...
    @property
    def max_depth(self) -> int: ...
    @property
    def max_aliases(self) -> int: ...
    @property
    def max_directives(self) -> int: ...
    @property
    def max_variable_values(self) -> int: ...
    @property
    def max_cost(self) -> int: ...
    @property
    def query_timeout_seconds(self) -> float: ...
    @property
    def introspection(self) -> Literal["everyone", "viewers", "nobody"]: ...
    @property
    def suggestions(self) -> bool: ...


class QueryTimeout(Exception):  # noqa: N818 - an outcome, not a bug
    """A query exceeded its time limit."""


def limit_error(code: str, message: str) -> ClientError:
    """An error whose code names the limit."""
    return ClientError(message, extensions={"code": code})
