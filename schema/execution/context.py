"""The type of `info.context`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property

import strawberry

from models import ApiToken, Credential, Integration, WebhookEndpoint
from resolvers.context import Context
from resolvers.integrations.of_credentials import PageOfCredential
from resolvers.kit.batch_loader import BatchLoader
from resolvers.kit.paging import Page
from schema.execution.instrumentation import OperationRecord
from schema.execution.limits import DocumentLimits
from schema.execution.loaders import (
    load_credential,
    load_integration,
    load_integrations_of,
    load_log_position,
    load_token,
    load_webhook_endpoint,
)


@dataclass
class GraphQLContext(Context):
    """The use cases' context, extended with loaders that batch the look-ups of a list into one query.

    The loaders do not cache, so each event of a subscription reads the current rows. `cursor` is a subscription's
    position in the log. A transport sets it to resume a subscription (Last-Event-ID); otherwise the argument decides.
    """

    cursor: str | None = None
    began: Callable[[str], Awaitable[None]] | None = None  # called with the start cursor of a subscription
    operation: OperationRecord = field(default_factory=OperationRecord)
    limits: DocumentLimits = field(kw_only=True)

    @cached_property
    def integration(self) -> BatchLoader[str, Integration]:
        """Integrations by id."""
        return load_integration(self)

    @cached_property
    def credential(self) -> BatchLoader[str, Credential]:
        """Credentials by id."""
        return load_credential(self)

    @cached_property
    def token(self) -> BatchLoader[str, ApiToken]:
        """Tokens by id."""
        return load_token(self)

    @cached_property
    def webhook_endpoint(self) -> BatchLoader[str, WebhookEndpoint]:
        """Webhook endpoints by id."""
        return load_webhook_endpoint(self)

    @cached_property
    def log_position(self) -> BatchLoader[str, int]:
        """The current position of the log."""
        return load_log_position(self)

    @cached_property
    def integrations_of(self) -> BatchLoader[PageOfCredential, Page[Integration]]:
        """Pages of the integrations that use a credential."""
        return load_integrations_of(self)


Info = strawberry.Info[GraphQLContext, None]
