"""The GraphQL schema, put together."""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from datetime import datetime
from typing import Any, cast

import strawberry
from graphql import ExecutionResult as GraphQLExecutionResult
from graphql import GraphQLError, execute, subscribe
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.await_maybe import await_maybe

from kit.secret import Secret
from schema.errors import HANDLERS
from schema.execution.error_masking import log_unexpected, mask_errors
from schema.execution.instrumentation import OperationRecord, record_begin, recorded
from schema.execution.operations import OperationRequest, PreparedOperation, in_time, prepare
from schema.execution.shared_events import SharedEventExecutor
from schema.mutations.credentials import CredentialMutations
from schema.mutations.integrations import IntegrationMutations
from schema.mutations.secrets import SecretMutations
from schema.mutations.stripe_auth import StripeAuthMutations
from schema.mutations.tokens import TokenMutations
from schema.queries import Query
from schema.scalars import DATE_TIME, SECRET
from schema.subscriptions import Subscription
from schema.types.event import CredentialEvent, IntegrationEvent, TokenEvent

Source = AsyncGenerator[GraphQLExecutionResult, None] | GraphQLExecutionResult
Results = AsyncGenerator[ExecutionResult, None]  # a PreExecutionError is one


class Schema(strawberry.Schema):
    """Strawberry's schema, with errors told as clients may see them and logged as operators may.

    Operations are run by graphql-core itself: see schema/execution/operations.py.
    """

    async def execute(self, query: str | None, **given: Any) -> ExecutionResult:  # type: ignore[override]
        """Runs a query or mutation; raises InvalidOperationTypeError for one that is not allowed, as for others."""
        allowed = given.pop("allowed_operation_types")
        asked = OperationRequest.of(query, **given)
        with recorded(asked.context) as operation:
            try:
                result = await self._executed(self._prepared(asked, allowed, operation), operation)
            except InvalidOperationTypeError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
                result = _failed(error)
            return _told(result, operation)

    async def stream(self, query: str | None, **given: Any) -> Results:  # type: ignore[override]
        """Runs any operation, result by result."""
        return self._stream_of(OperationRequest.of(query, **given))

    async def _stream_of(self, asked: OperationRequest) -> Results:
        with recorded(asked.context) as operation:
            async with aclosing(self._results(asked, operation)) as results:
                async for result in results:
                    yield _told(result, operation)

    async def _results(self, asked: OperationRequest, operation: OperationRecord) -> Results:
        try:
            prepared = self._prepared(asked, frozenset(OperationType), operation)
            if prepared.errors or prepared.type is not OperationType.SUBSCRIPTION:
                yield await self._executed(prepared, operation)
                return
            record_begin(operation, prepared.document, prepared.node)
            source = cast("Source", await await_maybe(subscribe(self._schema, **self._arguments(prepared))))
            if isinstance(source, GraphQLExecutionResult):
                yield PreExecutionError(None, source.errors)
                return
            async with aclosing(source):
                async for result in source:
                    yield ExecutionResult(result.data, result.errors)
        except Exception as error:  # noqa: BLE001 - the client is not to take it for an end
            yield _failed(error)

    def _prepared(
        self, asked: OperationRequest, allowed: Collection[OperationType], operation: OperationRecord
    ) -> PreparedOperation:
        """Raises GraphQLError or InvalidOperationTypeError."""
        asked.context.operation = operation
        prepared = prepare(self._schema, asked)
        operation.note(prepared.node)
        if prepared.type not in allowed:
            raise InvalidOperationTypeError(prepared.type)
        return prepared

    async def _executed(self, prepared: PreparedOperation, operation: OperationRecord) -> ExecutionResult:
        if prepared.errors:
            return PreExecutionError(None, prepared.errors, prepared.extensions)
        record_begin(operation, prepared.document, prepared.node)
        executed = await in_time(prepared, await_maybe(execute(self._schema, **self._arguments(prepared))))
        return ExecutionResult(executed.data, executed.errors, prepared.extensions)

    def _arguments(self, prepared: PreparedOperation) -> dict[str, Any]:
        """What graphql-core is given."""
        asked = prepared.asked
        return {
            "document": prepared.document,
            "variable_values": asked.variables,
            "operation_name": asked.operation_name,
            "context_value": asked.context,
            "executor_class": self.execution_context_class,
            "is_awaitable": optimized_is_awaitable,
        }


def _failed(error: Exception) -> PreExecutionError:
    """What there is to mask_errors when nothing could be executed, or no longer."""
    return PreExecutionError(
        None, [error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)]
    )


def _told(result: ExecutionResult, operation: OperationRecord) -> ExecutionResult:
    """Logs what operators should know of a result, and rewrites its errors for its client."""
    for error in result.errors or ():
        log_unexpected(error)
    mask_errors(result)
    operation.note_result(result)
    return result


@strawberry.type(description="What can be changed. Each field answers with a success, or with an error to act on.")
class Mutation(IntegrationMutations, CredentialMutations, StripeAuthMutations, SecretMutations, TokenMutations):
    """Put together from the nouns'."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[IntegrationEvent, CredentialEvent, TokenEvent],
    exception_handlers=HANDLERS,
    execution_context_class=SharedEventExecutor,
    config=StrawberryConfig(scalar_map={datetime: DATE_TIME, Secret: SECRET}),
)
