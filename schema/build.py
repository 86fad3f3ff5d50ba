"""The GraphQL schema, put together."""

from datetime import datetime

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaxTokensLimiter, ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext

from adapters.secret import Secret
from schema.enums import describe_enums
from schema.errors import HANDLERS
from schema.failures import TellClients, log_unexpected
from schema.mutations.credentials import CredentialMutations
from schema.mutations.integrations import IntegrationMutations
from schema.mutations.secrets import SecretMutations
from schema.mutations.tokens import TokenMutations
from schema.queries import Query
from schema.scalars import DATE_TIME, SECRET
from schema.subscriptions import Subscription
from schema.types.event import CredentialEvent, IntegrationEvent, TokenEvent

_MAX_TOKENS = 2000
_CACHED_DOCUMENTS = 128


class Schema(strawberry.Schema):
    """Strawberry's schema, which would log documents, and with them secrets, when a resolver fails."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:  # noqa: ARG002 - Strawberry's
        """Logs what is unexpected of the errors."""
        for error in errors:
            log_unexpected(error)


describe_enums()
schema = Schema(
    query=Query,
    mutation=merge_types("Mutation", (IntegrationMutations, CredentialMutations, SecretMutations, TokenMutations)),
    subscription=Subscription,
    types=[IntegrationEvent, CredentialEvent, TokenEvent],
    extensions=[
        TellClients,
        lambda: MaxTokensLimiter(max_token_count=_MAX_TOKENS),
        lambda: ParserCache(maxsize=_CACHED_DOCUMENTS),
        lambda: ValidationCache(maxsize=_CACHED_DOCUMENTS),
    ],
    exception_handlers=HANDLERS,
    config=StrawberryConfig(scalar_map={datetime: DATE_TIME, Secret: SECRET}),
)
