"""Assembles the GraphQL schema."""

from datetime import datetime

import strawberry
from strawberry.schema.config import StrawberryConfig

from kit.secret import Secret
from schema.errors import HANDLERS
from schema.execution.engine import ExecutableSchema
from schema.execution.shared_events import SharedEventExecutor
from schema.mutations.credentials import CredentialMutations
from schema.mutations.deliveries import DeliveryMutations
from schema.mutations.integrations import IntegrationMutations
from schema.mutations.keys import KeyMutations
from schema.mutations.secrets import SecretMutations
from schema.mutations.stripe_auth import StripeAuthMutations
from schema.mutations.tokens import TokenMutations
from schema.mutations.webhooks import WebhookMutations
from schema.queries import Query
from schema.scalars import DATE_TIME, SECRET
from schema.subscriptions import Subscription
from schema.types.event import CredentialEvent, IntegrationEvent, TokenEvent, WebhookEndpointEvent


@strawberry.type(
    description="The mutations of the API. Each field returns either a success or an error that the client can act on."
)
class Mutation(
    IntegrationMutations,
    CredentialMutations,
    KeyMutations,
    StripeAuthMutations,
    SecretMutations,
    TokenMutations,
    WebhookMutations,
    DeliveryMutations,
):
    """Combines the mutations of each noun."""


schema = ExecutableSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[IntegrationEvent, CredentialEvent, TokenEvent, WebhookEndpointEvent],
    exception_handlers=HANDLERS,
    execution_context_class=SharedEventExecutor,
    config=StrawberryConfig(scalar_map={datetime: DATE_TIME, Secret: SECRET}),
)
