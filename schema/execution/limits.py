"""What a document may ask for, and how it is told that it asks for too much."""

from dataclasses import dataclass
from typing import Literal

from graphql import GraphQLError

# graphql-core reads about 5 characters in a microsecond: so much is read in a few milliseconds.
MAX_CHARACTERS = 32_768
# Up to here the worst document that is known is validated in 40 ms: see docs/decisions/0015-limits.md.
MOST_TOKENS = 2000
# How many errors of one document a client is told of, the last of which says that there are more.
MAX_ERRORS = 10


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What holds for documents. `values` is how many its variables may hold, `seconds` how long a query may take."""

    tokens: int
    depth: int
    aliases: int
    directives: int
    values: int
    cost: int
    seconds: float
    introspection: Literal["everyone", "viewers", "nobody"]
    suggestions: bool


class QueryTimeout(Exception):  # noqa: N818 - what happened, not a mistake
    """A query took longer than it may."""


def limit_error(code: str, message: str) -> GraphQLError:
    """A refusal whose code tells which limit it was."""
    return GraphQLError(message, extensions={"code": code})
