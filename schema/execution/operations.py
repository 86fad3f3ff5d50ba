"""Prepares an operation for execution: parses and validates its document, chooses the operation, computes its cost.

Used instead of Strawberry's extensions: they limit neither the work of validation nor the multiplication by fragments,
and they cost as much time as a small query.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode
from strawberry.types.graphql import OperationType

from schema.execution.context import GraphQLContext
from schema.execution.cost import cost_of
from schema.execution.documents import CheckedDocument, check
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

    @classmethod
    def of(
        cls,
        query: str | None,
        *,
        context_value: GraphQLContext,
        variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
        root_value: None = None,  # noqa: ARG003 - Strawberry's transports pass it
    ) -> Self:
        """Accepts the arguments of Strawberry's `execute`."""
        return cls(query or "", variable_values, operation_name, context_value)


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
    """Raises GraphQLError if the operation cannot be determined."""
    checked = check(schema, request.text, request.context.limits)
    node, document = checked.operation(request.operation_name), checked.parsed()
    if checked.errors:
        return PreparedOperation(request, document, node, list(checked.errors))
    cost = cost_of(schema, document, node, request.variables)
    return PreparedOperation(request, document, node, list(_refusals(request, checked, cost)), cost)


async def in_time(prepared: PreparedOperation, work: Awaitable[T]) -> T:
    """Awaits `work`; raises QueryTimeout if it is a query that takes too long.

    Mutations are never cut off: their outcome would be unknown. Stripe and the database have timeouts of their own.
    """
    if prepared.type is not OperationType.QUERY:
        return await work
    try:
        async with asyncio.timeout(prepared.request.context.limits.query_timeout_seconds):
            return await work
    except TimeoutError:
        raise QueryTimeout from None


def _refusals(request: OperationRequest, checked: CheckedDocument, cost: int) -> Iterator[GraphQLError]:
    limits = request.context.limits
    if _more_values(request.variables, limits.max_variable_values):
        yield limit_error(
            "VARIABLES_LIMIT_EXCEEDED", f"The variables contain more than {limits.max_variable_values} values."
        )
    if checked.introspects and not may_introspect(request.context):
        yield limit_error(*INTROSPECTION_REFUSAL)
    if cost > limits.max_cost:
        yield limit_error("COST_LIMIT_EXCEEDED", f"The operation costs {cost}; at most {limits.max_cost} is allowed.")


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
