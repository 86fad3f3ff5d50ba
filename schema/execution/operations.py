"""What becomes of an operation before it is executed: it is parsed, validated, chosen from its document, and weighed.

In the place of Strawberry's extensions, which bound neither the work of validation nor what fragments multiply, and
cost as much as a small query does.
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


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """An operation, as a client asks for it."""

    document: str
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
        root_value: None = None,  # noqa: ARG003 - what Strawberry's transports give
    ) -> Self:
        """By Strawberry's names."""
        return cls(query or "", variable_values, operation_name, context_value)


@dataclass(frozen=True, slots=True)
class PreparedOperation:
    """An operation that can be executed, unless there are errors; what it costs, unless they are the document's."""

    asked: OperationRequest
    document: DocumentNode
    node: OperationDefinitionNode
    errors: list[GraphQLError]
    cost: int | None = None

    @property
    def type(self) -> OperationType:
        """Query, mutation or subscription."""
        return OperationType(self.node.operation.value)

    @property
    def extensions(self) -> dict[str, Any]:
        """What is told of the operation beside its data: not with each event of a subscription."""
        if self.cost is None or self.type is OperationType.SUBSCRIPTION:
            return {}
        return {"cost": {"requested": self.cost, "maximum": self.asked.context.limits.cost}}


def prepare(schema: GraphQLSchema, asked: OperationRequest) -> PreparedOperation:
    """An operation, as far as it can be executed; raises GraphQLError where it cannot be told what to execute."""
    checked = check(schema, asked.document, asked.context.limits)
    node = checked.chosen(asked.operation_name)
    if checked.errors:
        return PreparedOperation(asked, checked.document, node, list(checked.errors))
    cost = cost_of(schema, checked.document, node, asked.variables)
    return PreparedOperation(asked, checked.document, node, list(_refusals(asked, checked, cost)), cost)


async def in_time(prepared: PreparedOperation, work: Awaitable[T]) -> T:
    """What `work` gives; raises QueryTimeout for a query that takes too long.

    Mutations are not cut off, since nobody would know what they did; what they wait for has its own limits.
    """
    if prepared.type is not OperationType.QUERY:
        return await work
    try:
        async with asyncio.timeout(prepared.asked.context.limits.seconds):
            return await work
    except TimeoutError:
        raise QueryTimeout from None


def _refusals(asked: OperationRequest, checked: CheckedDocument, cost: int) -> Iterator[GraphQLError]:
    """What goes beyond the caller's limits."""
    limits = asked.context.limits
    if _more_values(asked.variables, limits.values):
        yield limit_error("VARIABLES_LIMIT_EXCEEDED", f"The variables hold more than {limits.values} values.")
    if checked.introspects and not _may_introspect(asked.context):
        yield limit_error("INTROSPECTION_DISABLED", "This server does not tell its schema to this caller.")
    if cost > limits.cost:
        yield limit_error("COST_LIMIT_EXCEEDED", f"The operation costs {cost}, {limits.cost} at most.")


def _may_introspect(context: GraphQLContext) -> bool:
    allowed = context.limits.introspection
    return allowed == "everyone" or (allowed == "viewers" and context.caller is not None)


def _more_values(variables: object, most: int) -> bool:
    """Whether there are more values than these in variables, lists and objects counted along with what they hold."""
    found, waiting = 0, [variables]
    while waiting and found <= most:
        value = waiting.pop()
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        found += len(inside)
        if found <= most:
            waiting.extend(inside)
    return found > most
