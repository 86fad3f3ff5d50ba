"""A Strawberry schema with its own preparation and error reporting; graphql-core executes the operations."""

from collections.abc import AsyncGenerator, Collection, Iterator
from contextlib import aclosing
from itertools import islice
from typing import Any, cast

import strawberry
from graphql import ExecutionResult as GraphQLExecutionResult
from graphql import GraphQLError, execute, subscribe
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.await_maybe import await_maybe

from schema.execution.documents import CheckedDocument, check
from schema.execution.error_masking import log_unexpected, mask_errors
from schema.execution.input_errors import variable_errors
from schema.execution.instrumentation import OperationRecord, record_begin, recorded
from schema.execution.introspection import readable
from schema.execution.limits import MAX_ERRORS, DocumentLimits
from schema.execution.operations import OperationRequest, PreparedOperation, in_time, prepare

Source = AsyncGenerator[GraphQLExecutionResult, None] | GraphQLExecutionResult
Results = AsyncGenerator[ExecutionResult, None]  # a PreExecutionError is one


class ExecutableSchema(strawberry.Schema):
    """Masks errors for clients, logs the unexpected ones for operators, and records each operation."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._schema.directives = tuple(readable(directive) for directive in self._schema.directives)

    def check(self, text: str, limits: DocumentLimits) -> CheckedDocument:
        """Parses and validates a document, unless it is in the cache."""
        return check(self._schema, text, limits)

    async def execute(self, query: str | None, **kwargs: Any) -> ExecutionResult:  # type: ignore[override]
        """Executes a query or mutation; raises InvalidOperationTypeError for a type that is not allowed."""
        allowed = kwargs.pop("allowed_operation_types")
        request = OperationRequest.of(query, **kwargs)
        with recorded(request.context) as record:
            try:
                result = await self._executed(self._prepared(request, allowed, record), record)
            except InvalidOperationTypeError:
                raise
            except Exception as error:  # noqa: BLE001 - the client gets a response to any error
                result = _failed(error)
            return _reported(result, record)

    async def stream(self, query: str | None, **kwargs: Any) -> Results:  # type: ignore[override]
        """Executes any operation and yields its results."""
        return self._stream_of(OperationRequest.of(query, **kwargs))

    async def _stream_of(self, request: OperationRequest) -> Results:
        with recorded(request.context) as record:
            async with aclosing(self._results(request, record)) as results:
                async for result in results:
                    yield _reported(result, record)

    async def _results(self, request: OperationRequest, record: OperationRecord) -> Results:
        try:
            prepared = self._prepared(request, frozenset(OperationType), record)
            if prepared.errors or prepared.type is not OperationType.SUBSCRIPTION:
                yield await self._executed(prepared, record)
                return
            record_begin(record, prepared.document, prepared.node)
            source = cast("Source", await await_maybe(subscribe(self._schema, **self._arguments(prepared))))
            if isinstance(source, GraphQLExecutionResult):
                yield PreExecutionError(None, self._explained(prepared, source).errors)
                return
            async with aclosing(source):
                async for result in source:
                    yield ExecutionResult(result.data, result.errors)
        except Exception as error:  # noqa: BLE001 - without a result, the client would see a normal end
            yield _failed(error)

    def _prepared(
        self, request: OperationRequest, allowed: Collection[OperationType], record: OperationRecord
    ) -> PreparedOperation:
        """Raises GraphQLError or InvalidOperationTypeError."""
        request.context.operation = record
        prepared = prepare(self._schema, request)
        record.note(prepared.node)
        if prepared.type not in allowed:
            raise InvalidOperationTypeError(prepared.type)
        return prepared

    async def _executed(self, prepared: PreparedOperation, record: OperationRecord) -> ExecutionResult:
        if prepared.errors:
            return PreExecutionError(None, prepared.errors, prepared.extensions)
        record_begin(record, prepared.document, prepared.node)
        executed = await in_time(prepared, lambda: await_maybe(execute(self._schema, **self._arguments(prepared))))
        explained = self._explained(prepared, executed)
        return ExecutionResult(explained.data, explained.errors, prepared.extensions)

    def _explained(self, prepared: PreparedOperation, result: GraphQLExecutionResult) -> GraphQLExecutionResult:
        """Replaces graphql-core's errors that quote the values of variables."""
        errors = result.errors or []
        quoting = [error for error in errors if not error.path or _refuses_argument(error)]
        explained = list(self._variable_errors(prepared)) if quoting else []
        if not explained:
            return result
        return GraphQLExecutionResult(result.data, explained + [error for error in errors if error not in quoting])

    def _variable_errors(self, prepared: PreparedOperation) -> Iterator[GraphQLError]:
        request = prepared.request
        suggests = request.context.limits.suggestions
        errors = variable_errors(self._schema, prepared.node, request.variables or {}, suggests=suggests)
        return islice(errors, MAX_ERRORS)

    def _arguments(self, prepared: PreparedOperation) -> dict[str, Any]:
        """The arguments of graphql-core's `execute` and `subscribe`."""
        request = prepared.request
        return {
            "document": prepared.document,
            "variable_values": request.variables,
            "operation_name": request.operation_name,
            "context_value": request.context,
            "executor_class": self.execution_context_class,
            "is_awaitable": optimized_is_awaitable,
            # One is enough: `_explained` finds all of them again, while graphql-core prints the value for each.
            "max_coercion_errors": 1,
            "hide_suggestions": True,
        }


def _refuses_argument(error: GraphQLError) -> bool:
    return isinstance(error.original_error, GraphQLError) and bool(error.original_error.nodes)


def _failed(error: Exception) -> PreExecutionError:
    """The result if execution did not start, or ended early."""
    return PreExecutionError(
        None, [error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)]
    )


def _reported(result: ExecutionResult, record: OperationRecord) -> ExecutionResult:
    """Logs unexpected errors, and masks all errors for the client."""
    for error in result.errors or ():
        log_unexpected(error)
    mask_errors(result)
    record.note_result(result)
    return result
