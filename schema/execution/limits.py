"""What a document may ask for, and how it is told that it asks for too much."""

from collections.abc import Hashable
from typing import Literal, Protocol

from schema.execution.client_errors import ClientError

# graphql-core reads about 5 characters in a microsecond: so much is read in a few milliseconds.
MAX_CHARACTERS = 32_768
# Up to here the worst document that is known is validated in 40 ms: see docs/decisions/0015-limits.md.
MOST_TOKENS = 2000
# How many errors of one document a client is told of, the last of which says that there are more.
MAX_ERRORS = 10


class DocumentLimits(Hashable, Protocol):
    """Limits of documents, as the settings have them. Hashable, because they are part of a cache's key."""

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


class QueryTimeout(Exception):  # noqa: N818 - what happened, not a mistake
    """A query took longer than it may."""


def limit_error(code: str, message: str) -> ClientError:
    """A refusal whose code names the limit."""
    return ClientError(message, extensions={"code": code})
