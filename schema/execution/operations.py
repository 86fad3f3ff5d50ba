"""Prepares an operation for execution: parses and validates its document, chooses the operation, computes its cost.

Used instead of Strawberry's extensions: they limit neither the work of validation nor the multiplication by fragments,
and they cost as much time as a small query.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, TypeVar

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode
from strawberry.types.graphql import OperationType

from models.querying import READ_TURN
from schema.execution.context import GraphQLContext
from schema.execution.cost import cost_of, introspection_cost_of
from schema.execution.documents import CheckedDocument, check, remember
from schema.execution.introspection import max_introspection_cost
from schema.execution.limits import QueryTimeout, limit_error

T = TypeVar("T")
INTROSPECTION_REFUSAL = ("INTROSPECTION_DISABLED", "Introspection is not allowed for this caller.")


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """A request to execute an operation of a document."""

    text: str
    variables: dict[str, Any] | None
    operation_name: str | None
    context: GraphQLContext
    checked: CheckedDocument | None = None

    @classmethod
    def of(
        cls,
        query: str | None,
        *,
        context_value: GraphQLContext,
        variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
        checked: CheckedDocument | None = None,
        root_value: None = None,  # noqa: ARG003 - Strawberry's transports pass it
    ) -> Self:
        """Accepts the arguments of Strawberry's `execute`, and the document if the caller has checked it."""
        return cls(query or "", variable_values, operation_name, context_value, checked)


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """An operation that is ready to execute if it has no errors. `cost` is None if the document is invalid."""

    request: OperationRequest
    document: DocumentNode
    node: OperationDefinitionNode
    errors: list[GraphQLError]
    cost: int | None = None

    @property
    def type(self) -> OperationType:
        return OperationType(self.node.operation.value)

    @property
    def extensions(self) -> dict[str, Any]:
        """The response's `extensions`; empty for subscriptions."""
        if self.cost is None or self.type is OperationType.SUBSCRIPTION:
            return {}
        return {"cost": {"requested": self.cost, "maximum": self.request.context.limits.max_cost}}


def prepare(schema: GraphQLSchema, request: OperationRequest) -> PreparedOperation:
    """Raises GraphQLError if the operation cannot be determined. Caches the document of what a viewer may execute."""
    checked = request.checked or check(schema, request.text, request.context.limits)
    node, document = checked.operation(request.operation_name), checked.parsed()
    if checked.errors:
        return PreparedOperation(request, document, node, list(checked.errors))
    cost = cost_of(schema, document, node, request.variables)
    errors = list(_refusals(schema, request, checked, cost))
    if not errors and request.context.caller:
        remember(schema, request.text, request.context.limits, checked)
    return PreparedOperation(request, document, node, errors, cost)


async def in_time(prepared: PreparedOperation, execute: Callable[[], Awaitable[T]]) -> T:
    """Executes in turn, if it is a query; raises QueryTimeout if that takes too long.

    Mutations are never cut off: their outcome would be unknown. Stripe and the database have timeouts of their own.
    """
    if prepared.type is not OperationType.QUERY:
        return await execute()
    try:
        async with asyncio.timeout(prepared.request.context.limits.query_timeout_seconds):
            return await _in_turn(prepared.request.context, execute)
    except TimeoutError:
        raise QueryTimeout from None


async def _in_turn(context: GraphQLContext, execute: Callable[[], Awaitable[T]]) -> T:
    """Executes once the viewer has few enough queries. Its organization's statements take turns as well."""
    if (viewer := context.caller) is None:
        return await execute()
    token = READ_TURN.set(partial(context.services.reads.turn, viewer.organization.id))
    try:
        async with context.services.queries.turn(viewer.id):
            return await execute()
    finally:
        READ_TURN.reset(token)


def _refusals(
    schema: GraphQLSchema, request: OperationRequest, checked: CheckedDocument, cost: int
) -> Iterator[GraphQLError]:
    limits = request.context.limits
    if _more_values(request.variables, limits.max_variable_values):
        yield limit_error(
            "VARIABLES_LIMIT_EXCEEDED", f"The variables contain more than {limits.max_variable_values} values."
        )
    if checked.introspects and not may_introspect(request.context):
        yield limit_error(*INTROSPECTION_REFUSAL)
    elif checked.introspects and _introspects_too_much(schema, checked, request.operation_name):
        yield limit_error("INTROSPECTION_LIMIT_EXCEEDED", "The introspection is longer than any that tools send.")
    if cost > limits.max_cost:
        yield limit_error("COST_LIMIT_EXCEEDED", f"The operation costs {cost}; at most {limits.max_cost} is allowed.")


def _introspects_too_much(schema: GraphQLSchema, checked: CheckedDocument, name: str | None) -> bool:
    cost = introspection_cost_of(schema, checked.parsed(), checked.operation(name))
    return cost > max_introspection_cost(schema)


def may_introspect(context: GraphQLContext) -> bool:
    """Whether the caller may read the schema."""
    allowed = context.limits.introspection
    return allowed == "everyone" or (allowed == "viewers" and context.caller is not None)


def _more_values(variables: object, most: int) -> bool:
    """Whether there are more values than `most`. Lists and objects count in addition to their items."""
    found, waiting = 0, [variables]
    while waiting and found <= most:
        value = waiting.pop()
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        found += len(inside)
        if found <= most:
            waiting.extend(inside)
    return found > most
