"""Fields that are read by the shorter way answer as those that graphql-core reads, errors and all."""

from enum import Enum
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, parse
from graphql.execution import execute
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.execution.fast_fields import FastFieldExecutor


@strawberry.enum
class _Colour(Enum):
    RED = "red"


@strawberry.type
class _Thing:
    name: str
    note: str | None
    size: int
    colour: _Colour
    tags: list[str]


@strawberry.type
class _Query:
    @strawberry.field
    def thing(self, info: strawberry.Info) -> _Thing:
        """What the test has put into the context."""
        thing: _Thing = info.context
        return thing


_schema = strawberry.Schema(_Query)
_DOCUMENT = parse("{ thing { name also: name note size colour tags __typename } }")
_SOUND: dict[str, Any] = {"name": "a", "note": "b", "size": 1, "colour": _Colour.RED, "tags": ["c"]}


def _told(thing: _Thing, executor: type[StrawberryGraphQLCoreExecutionContext]) -> object:
    result = execute(_schema._schema, _DOCUMENT, context_value=thing, executor_class=executor)  # noqa: SLF001 - graphql-core's
    assert isinstance(result, ExecutionResult)
    return result.formatted


@pytest.mark.parametrize(
    "amiss",
    [{}, {"note": None}, {"name": None}, {"name": object()}, {"size": "many"}, {"size": 2**40}, {"colour": "blue"}],
    ids=range(7),
)
def test_both_ways_tell_the_same(amiss: dict[str, object]) -> None:
    thing = _Thing(**_SOUND | amiss)
    assert _told(thing, FastFieldExecutor) == _told(thing, StrawberryGraphQLCoreExecutionContext)


def test_what_is_not_there_is_told_in_the_same_way() -> None:
    thing = _Thing(**_SOUND)
    del thing.name
    assert _told(thing, FastFieldExecutor) == _told(thing, StrawberryGraphQLCoreExecutionContext)
