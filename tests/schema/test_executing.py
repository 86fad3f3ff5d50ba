"""The fast path for fields returns the same results and errors as graphql-core."""

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
        thing: _Thing = info.context
        return thing


_schema = strawberry.Schema(_Query)
_DOCUMENT = parse("{ thing { name also: name note size colour tags __typename } }")
_SOUND: dict[str, Any] = {"name": "a", "note": "b", "size": 1, "colour": _Colour.RED, "tags": ["c"]}


def _response(thing: _Thing, executor: type[StrawberryGraphQLCoreExecutionContext]) -> object:
    result = execute(_schema._schema, _DOCUMENT, context_value=thing, executor_class=executor)  # noqa: SLF001 - graphql-core's
    assert isinstance(result, ExecutionResult)
    return result.formatted


@pytest.mark.parametrize(
    "changes",
    [{}, {"note": None}, {"name": None}, {"name": object()}, {"size": "many"}, {"size": 2**40}, {"colour": "blue"}],
    ids=range(7),
)
def test_both_paths_return_the_same(changes: dict[str, object]) -> None:
    thing = _Thing(**_SOUND | changes)
    assert _response(thing, FastFieldExecutor) == _response(thing, StrawberryGraphQLCoreExecutionContext)


def test_both_paths_report_a_missing_attribute_alike() -> None:
    thing = _Thing(**_SOUND)
    del thing.name
    assert _response(thing, FastFieldExecutor) == _response(thing, StrawberryGraphQLCoreExecutionContext)
