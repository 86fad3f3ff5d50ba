"""The declared costs of fields and conditions, and the arguments that are the length of a list.

`metadata=COUNTS` and `metadata=SEARCHES` mark those that make the database look at more rows than the response has.
Over 300,000 rows, each takes up to a tenth of a second on SQLite: as long as some hundred fields. (Decision 37.)
`metadata=length(most)` marks an argument, which needs a default.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

COUNTS: Mapping[Any, Any] = {"cost": 100}
SEARCHES: Mapping[Any, Any] = {"cost": 100}


def length(most: int) -> Mapping[Any, Any]:
    """The metadata of an argument that is the length of its field's list."""
    return {"most_items": most}


def most_items(argument: GraphQLArgument) -> int:
    """The longest list that the argument allows; 0 if it is no length."""
    definition = argument.extensions.get("strawberry-definition")
    return int(definition.metadata.get("most_items", 0)) if definition is not None else 0


def weight_of(field: GraphQLField | GraphQLInputField, default: int) -> int:
    """The cost that the field's declaration states."""
    definition = field.extensions.get("strawberry-definition")
    return int(definition.metadata.get("cost", default)) if definition is not None else default


def weight_of_argument(argument: GraphQLArgument, value: ValueNode, variables: Mapping[str, Any]) -> int:
    """The cost of the conditions in an argument: a literal, or a variable's value or default."""
    return sum(_weights(argument.type, value, variables))


def _weights(type_: GraphQLInputType, value: Any, variables: Mapping[str, Any]) -> Iterator[int]:  # noqa: ANN401 - a node, or JSON
    named = get_named_type(type_)
    if not isinstance(named, GraphQLInputObjectType):
        return
    if isinstance(value, VariableNode):
        value = variables.get(value.name.value)
    if isinstance(value, ListValueNode | list):
        for item in value.values if isinstance(value, ListValueNode) else value:
            yield from _weights(named, item, variables)
        return
    for name, inner in _members(value):
        if (field := named.fields.get(name)) and _is_given(inner, variables):
            yield weight_of(field, 0)
            yield from _weights(field.type, inner, variables)


def _members(value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - a node, or JSON
    if isinstance(value, ObjectValueNode):
        yield from ((field.name.value, field.value) for field in value.fields)
    elif isinstance(value, dict):
        yield from value.items()


def _is_given(value: Any, variables: Mapping[str, Any]) -> bool:  # noqa: ANN401 - a node, or JSON
    if isinstance(value, VariableNode):
        value = variables.get(value.name.value)
    return value is not None and not isinstance(value, NullValueNode)
