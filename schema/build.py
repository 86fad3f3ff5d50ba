"""The GraphQL schema, put together."""

from contextlib import aclosing
from datetime import datetime
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.schema.schema import StreamResult
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from adapters.secret import Secret
from schema.bounds import Bounds
from schema.errors import HANDLERS
from schema.extensions import OperationChosen
from schema.failures import log_unexpected, tell, told_to_client
from schema.mutations.credentials import CredentialMutations
from schema.mutations.integrations import IntegrationMutations
from schema.mutations.secrets import SecretMutations
from schema.mutations.stripe_auth import StripeAuthMutations
from schema.mutations.tokens import TokenMutations
from schema.queries import Query
from schema.scalars import DATE_TIME, SECRET
from schema.subscriptions import Subscription
from schema.types.event import CredentialEvent, IntegrationEvent, TokenEvent
from schema.watching import Noted, watched


class Schema(strawberry.Schema):
    """Strawberry's schema, with errors told as clients may see them and logged as operators may.

    Not by a SchemaExtension: Strawberry makes results of what other extensions raise after the last one has run.
    """

    async def execute(self, query: str | None, **kwargs: Any) -> ExecutionResult:  # type: ignore[override]
        """Runs a query or mutation; subscriptions need `stream`. Raises InvalidOperationTypeError."""
        allowed = set(kwargs.pop("allowed_operation_types", None) or OperationType) - {OperationType.SUBSCRIPTION}
        with watched(kwargs.get("context_value")) as operation:
            try:
                result = await super().execute(query, allowed_operation_types=allowed, **kwargs)
            except CannotGetOperationTypeError as error:
                cause = GraphQLError(error.as_http_error_reason(), original_error=error)
                result = PreExecutionError(data=None, errors=[cause])
            tell(result)
            operation.note_result(result)
        return result

    async def stream(self, *args: Any, **kwargs: Any) -> StreamResult:
        """Runs any operation, result by result."""
        return self._watched(await super().stream(*args, **kwargs), kwargs.get("context_value"))

    async def _watched(self, results: StreamResult, context: object) -> StreamResult:
        with watched(context) as operation:
            async with aclosing(self._told(results)) as told:
                async for result in told:
                    operation.note_result(result)
                    yield result

    @staticmethod
    async def _told(results: StreamResult) -> StreamResult:
        try:
            async with aclosing(results):
                async for result in results:
                    tell(result)
                    yield result
        except (GraphQLError, MissingQueryError) as error:  # from an extension, before there was a result
            cause = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
            yield PreExecutionError(data=None, errors=[told_to_client(cause)])
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is not to take it for an end
            unexpected = GraphQLError("", original_error=error)
            log_unexpected(unexpected)
            yield PreExecutionError(data=None, errors=[told_to_client(unexpected)])

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:  # noqa: ARG002 - Strawberry's signature
        """Logs what is unexpected. Strawberry would log the document too, and with it secrets."""
        for error in errors:
            log_unexpected(error)


@strawberry.type(description="What can be changed. Each field answers with a success, or with an error to act on.")
class Mutation(IntegrationMutations, CredentialMutations, StripeAuthMutations, SecretMutations, TokenMutations):
    """Put together from the nouns'."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[IntegrationEvent, CredentialEvent, TokenEvent],
    extensions=[Bounds, OperationChosen, Noted],
    exception_handlers=HANDLERS,
    config=StrawberryConfig(scalar_map={datetime: DATE_TIME, Secret: SECRET}),
)
