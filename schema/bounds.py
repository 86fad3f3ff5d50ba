"""Keeps each operation within its caller's limits."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from graphql import GraphQLError, get_operation_ast
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from schema.cost import cost_of
from schema.documents import CheckedDocument, check
from schema.limits import DocumentLimits, QueryTimeout, limit_error


class Bounds(SchemaExtension):
    """Parses, validates and weighs a document before it is executed, and ends a query that takes too long.

    It takes the place of Strawberry's ParserCache, ValidationCache and limiters, which bound neither the work of
    validation nor what fragments multiply. The limits are those of the context.
    """

    _checked: CheckedDocument | None = None
    _cost: int | None = None

    def on_parse(self) -> Iterator[None]:
        """Parses and validates, or finds both done."""
        context = self.execution_context
        self._checked = check(context.schema._schema, context.query or "", self._limits)  # noqa: SLF001 - as Strawberry does
        context.graphql_document = self._checked.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Hands on what is wrong, and looks at what depends on the request."""
        assert self._checked  # noqa: S101 - it was parsed
        self.execution_context.pre_execution_errors = list(self._checked.errors or self._refusals(self._checked))
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """Mutations are not cut off, since nobody would know what they did; what they wait for has its own limits."""
        if self.execution_context.operation_type is not OperationType.QUERY:
            yield
            return
        try:
            async with asyncio.timeout(self._limits.seconds):
                yield
        except TimeoutError:
            raise QueryTimeout from None

    def get_results(self) -> dict[str, Any]:
        """Tells the cost; not with each event of a subscription."""
        if self._cost is None or self.execution_context.operation_type is OperationType.SUBSCRIPTION:
            return {}
        return {"cost": {"requested": self._cost, "maximum": self._limits.cost}}

    @property
    def _limits(self) -> DocumentLimits:
        limits: DocumentLimits = self.execution_context.context.limits
        return limits

    def _refusals(self, checked: CheckedDocument) -> Iterator[GraphQLError]:
        context, limits = self.execution_context, self._limits
        if _more_values(context.variables, limits.values):
            yield limit_error("VARIABLES_LIMIT_EXCEEDED", f"The variables hold more than {limits.values} values.")
        if checked.introspects and not self._may_introspect():
            yield limit_error("INTROSPECTION_DISABLED", "This server does not tell its schema to this caller.")
        operation = get_operation_ast(checked.document, context._provided_operation_name)  # noqa: SLF001 - the public one is made up
        if operation is not None:
            self._cost = cost_of(context.schema._schema, checked.document, operation, context.variables)  # noqa: SLF001
            if self._cost > limits.cost:
                yield limit_error("COST_LIMIT_EXCEEDED", f"The operation costs {self._cost}, {limits.cost} at most.")

    def _may_introspect(self) -> bool:
        allowed = self._limits.introspection
        signed_in = self.execution_context.context.caller is not None
        return allowed == "everyone" or (allowed == "viewers" and signed_in)


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
