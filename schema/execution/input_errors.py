"""Errors for invalid literals and variables, worded so that they never quote a value."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariableDefinitionNode,
    VisitorAction,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    type_from_ast,
    value_from_ast_untyped,
)
from graphql.language import SKIP
from graphql.pyutils import did_you_mean, suggestion_list
from graphql.utilities import validate_input_literal
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.execution.client_errors import ClientError, is_quotable
from schema.execution.limits import MAX_ERRORS

_ONE_OF = "must have exactly one field, which is not null."
Fault = tuple[str, str]  # a path such as ".name" or "[0]", and the problem at that path


class LiteralsOfCorrectType(ValuesOfCorrectTypeRule):
    """graphql-core's rule, with errors that describe the problem instead of quoting the value."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Leaves the decision to graphql-core, and only explains it."""
        if input_type and _is_refused(node, input_type):
            suggests = not self.context.hide_suggestions
            faults = list(islice(_faults(value_from_ast_untyped(node), input_type, suggests=suggests), MAX_ERRORS))
            for path, fault in faults or [("", f"must be a value of type '{input_type}'.")]:
                self.context.report_error(ClientError(f"The value{path and f' at {path}'} {fault}", node))
        return SKIP


class OneOfLiteral(OneOfInputValidationRule):
    """Strawberry's rule for literals of one-of inputs, with a sentence of our own."""

    def report_error(self, error: GraphQLError) -> None:
        self.context.report_error(ClientError.at(error, f"The value {_ONE_OF}"))


class _RefusedError(Exception):
    """Stops graphql-core's validation at the first fault, because it prints the whole value for each fault."""


def _is_refused(node: ValueNode, input_type: GraphQLInputType) -> bool:
    def refuse(error: GraphQLError, _: list[str | int]) -> None:
        raise _RefusedError from error

    try:
        validate_input_literal(node, input_type, refuse, hide_suggestions=True)
    except _RefusedError:
        return True
    return False


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: dict[str, Any], *, suggests: bool
) -> Iterator[ClientError]:
    """The reasons for which graphql-core refused these variables, in their order."""
    found = False
    for node in operation.variable_definitions or ():
        value: Any = variables.get(node.variable.name.value, None if node.default_value is None else Undefined)
        for path, fault in _faults(value, type_from_ast(schema, node.type), suggests=suggests):
            found = True
            yield ClientError(f"{_place(node, path)} {fault}", nodes=[node])
    if not found:  # an argument is required, and a default lets a nullable variable stand there
        for node in operation.variable_definitions or ():
            if node.default_value is not None and variables.get(node.variable.name.value, Undefined) is None:
                yield ClientError(f"{_place(node)} must not be null here.", nodes=[node])


def _place(node: VariableDefinitionNode, path: str = "") -> str:
    name = node.variable.name.value
    return f"Variable '${name}{path}'" if is_quotable(name) else "A variable"


def _faults(value: Any, type_: Any, path: str = "", *, suggests: bool) -> Iterator[Fault]:  # noqa: ANN401 - any JSON
    """The faults of a value. Undefined, for a variable in a literal or a default, has none."""
    if value is Undefined:
        return
    if is_non_null_type(type_):
        if value is None:
            yield path, f"is required: its type is '{type_}'."
        type_ = type_.of_type
    if value is None:
        return
    if is_list_type(type_):
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            yield from _faults(item, type_.of_type, f"{path}[{index}]", suggests=suggests)
    elif is_input_object_type(type_):
        yield from _faults_of_object(value, type_, path, suggests=suggests)
    else:
        yield from _faults_of_leaf(value, type_, path)


def _faults_of_object(value: Any, type_: Any, path: str, *, suggests: bool) -> Iterator[Fault]:  # noqa: ANN401
    if not isinstance(value, dict):
        yield path, f"must be an object of type '{type_}'."
        return
    for name, field in type_.fields.items():
        if name in value:
            yield from _faults(value[name], field.type, f"{path}.{name}", suggests=suggests)
        elif is_required_input_field(field):
            yield path, f"lacks the required field '{name}'."
    for name in [name for name in value if name not in type_.fields]:
        meant = did_you_mean(suggestion_list(name, list(type_.fields))) if suggests else ""
        yield path, f"has a field that '{type_}' does not have.{meant}"
    if _is_one_of(type_) and [item is None for item in value.values()] != [False]:
        yield path, _ONE_OF


def _is_one_of(type_: Any) -> bool:  # noqa: ANN401 - Strawberry checks it itself, unknown to graphql-core
    return bool(type_.extensions["strawberry-definition"].is_one_of)


def _faults_of_leaf(value: Any, type_: Any, path: str) -> Iterator[Fault]:  # noqa: ANN401
    without_suggestions = [True] if is_enum_type(type_) else []  # they are slow, and quote the value
    try:
        fits = type_.coerce_input_value(value, *without_suggestions) is not Undefined
    except ClientError as error:  # our own scalars say which format they expect
        yield path, f"is invalid. {error.message}"
    except Exception:  # noqa: BLE001 - a scalar may raise anything, and quote the value
        yield path, f"must be a value of type '{type_}'."
    else:
        if not fits:
            yield path, f"must be a value of type '{type_}'."
