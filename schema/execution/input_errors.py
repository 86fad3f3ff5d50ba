"""Faults of values, in sentences of our own: literals of a document, and variables."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    ValuesOfCorrectTypeRule,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    type_from_ast,
)

from schema.execution.client_errors import ClientError

Fault = tuple[str, str]  # a path such as ".name" or "[0]", and what is wrong there


class LiteralsOfCorrectType(ValuesOfCorrectTypeRule):
    """graphql-core's rule, whose errors name the expected type instead of quoting the value."""

    def report_error(self, error: GraphQLError) -> None:
        type_ = self.context.get_input_type()
        self.context.report_error(ClientError.at(error, f"Expected a value of type '{type_}'."))


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: dict[str, Any]
) -> Iterator[ClientError]:
    """The faults for which graphql-core has refused these variables."""
    for node in operation.variable_definitions or ():
        name, value = node.variable.name.value, variables.get(node.variable.name.value, Undefined)
        if value is Undefined and node.default_value is not None:
            continue
        type_: Any = type_from_ast(schema, node.type)
        for path, fault in _faults(value, type_):
            yield ClientError(f"Variable '${name}{path}' {fault}.", nodes=[node])


def _faults(value: Any, type_: GraphQLInputType, path: str = "") -> Iterator[Fault]:  # noqa: ANN401 - any JSON
    if is_non_null_type(type_):
        if value is None or value is Undefined:
            yield path, f"is required: its type is '{type_}'"
            return
        type_ = type_.of_type
    if value is None or value is Undefined:
        return
    if is_list_type(type_):
        items = enumerate(value) if isinstance(value, list) else [(0, value)]
        for index, item in items:
            yield from _faults(item, type_.of_type, f"{path}[{index}]")
    elif is_input_object_type(type_):
        yield from _faults_of_object(value, type_, path)
    else:
        yield from _faults_of_leaf(value, type_, path)


def _faults_of_object(value: Any, type_: Any, path: str) -> Iterator[Fault]:  # noqa: ANN401
    if not isinstance(value, dict):
        yield path, f"must be an object of type '{type_}'"
        return
    for name, field in type_.fields.items():
        if name in value:
            yield from _faults(value[name], field.type, f"{path}.{name}")
        elif is_required_input_field(field):
            yield path, f"lacks the required field '{name}'"
    if any(name not in type_.fields for name in value):
        yield path, f"has a field that '{type_}' does not have"
    if _is_one_of(type_) and [item is None for item in value.values()] != [False]:
        yield path, "must have exactly one field, which is not null"


def _is_one_of(type_: Any) -> bool:  # noqa: ANN401 - Strawberry checks it itself, and does not tell graphql-core
    return bool(type_.extensions["strawberry-definition"].is_one_of)


def _faults_of_leaf(value: Any, type_: Any, path: str) -> Iterator[Fault]:  # noqa: ANN401
    try:
        fits = type_.coerce_input_value(value) is not Undefined
    except ClientError as error:  # our own scalars say what they expect
        yield path, f"is invalid. {error.message.rstrip('.')}"
    except Exception:  # noqa: BLE001 - a scalar may raise anything, and quote the value
        yield path, f"must be a value of type '{type_}'"
    else:
        if not fits:
            yield path, f"must be a value of type '{type_}'"
