"""The event types. The type depends on the subject: an integration, credential, token or webhook endpoint."""

from datetime import datetime

import strawberry

import models
from resolvers.events.details import event_details
from schema import enums
from schema.execution.context import Info
from schema.types.actor import Actor
from schema.types.integration import Credential, Integration
from schema.types.token import ApiToken
from schema.types.webhook import WebhookEndpoint


@strawberry.interface(description="An entry of the organization's event log.")
class Event:
    """Fields of the same type share a name across events, others differ, so one selection needs no aliases."""

    cursor: str = strawberry.field(
        description="The event's position in the log: pass it as 'after' to continue from here."
    )
    kind: enums.EventKind = strawberry.field(description="The kind of change.")
    occurred_at: datetime = strawberry.field(description="When the change happened.")
    actor: Actor = strawberry.field(description="The token, user or system behind the change.")


@strawberry.type(description="A change to an integration.")
class IntegrationEvent(Event):
    """The kinds INTEGRATION_* and SECRET_REVEALED."""

    integration_id: strawberry.ID = strawberry.field(description="The integration's id, even after it was deleted.")
    name: str = strawberry.field(description="The name at the time of the event.")
    previous_integration_status: enums.IntegrationStatus | None = strawberry.field(
        description="The status before the event; null if it was just created."
    )
    integration_status: enums.IntegrationStatus | None = strawberry.field(
        description="The status after the event; null if it was deleted."
    )
    reason: str | None = strawberry.field(
        description="The reason given for revealing the secret; null for other kinds."
    )
    secret_version: int | None = strawberry.field(
        description="The number of the secret that was revealed; null for other kinds."
    )

    @strawberry.field(description="The current integration; null if it has been deleted.")
    async def integration(self, info: Info) -> Integration | None:
        """Batched: one query for all events of a list."""
        row = await info.context.integration.load(self.integration_id)
        return Integration.of(row) if row else None


@strawberry.type(description="A change to a credential.")
class CredentialEvent(Event):
    """The kinds CREDENTIAL_*."""

    credential_id: strawberry.ID = strawberry.field(description="The credential's id, even after it was deleted.")
    name: str = strawberry.field(description="The name at the time of the event.")
    previous_credential_status: enums.CredentialStatus | None = strawberry.field(
        description="The status before the event; null if it was just created."
    )
    credential_status: enums.CredentialStatus | None = strawberry.field(
        description="The status after the event; null if it was deleted."
    )
    problem: enums.CredentialProblem | None = strawberry.field(
        description="Why the credential is disconnected after the event; null if it is not."
    )
    expires_at: datetime | None = strawberry.field(
        description="When the incomplete credential expires, as of the event; null if it is complete or deleted."
    )
    secret_version: int | None = strawberry.field(
        description="The number of the credential's secret after the event; null if it was deleted, or if an older "
        "event does not show it."
    )

    @strawberry.field(description="The current credential; null if it has been deleted.")
    async def credential(self, info: Info) -> Credential | None:
        """Batched: one query for all events of a list."""
        row = await info.context.credential.load(self.credential_id)
        return Credential.of(row) if row else None


@strawberry.type(description="A change to an API token.")
class TokenEvent(Event):
    """The kinds TOKEN_*."""

    token_id: strawberry.ID = strawberry.field(description="The token's id.")
    name: str = strawberry.field(description="The token's name.")

    @strawberry.field(description="The current token. Needs MANAGE_TOKENS.")
    async def token(self, info: Info) -> ApiToken | None:
        """Batched: one query for all events of a list."""
        row = await info.context.token.load(self.token_id)
        return ApiToken.of(row) if row else None


@strawberry.type(description="A change to a webhook endpoint.")
class WebhookEndpointEvent(Event):
    """The kinds WEBHOOK_ENDPOINT_*."""

    webhook_endpoint_id: strawberry.ID = strawberry.field(
        description="The webhook endpoint's id, even after it was deleted."
    )
    name: str = strawberry.field(description="The host of its URL at the time of the event.")
    previous_webhook_endpoint_status: enums.WebhookEndpointStatus | None = strawberry.field(
        description="The status before the event; null if it was just created."
    )
    webhook_endpoint_status: enums.WebhookEndpointStatus | None = strawberry.field(
        description="The status after the event; null if it was deleted."
    )
    reason: str | None = strawberry.field(
        description="The change in words, if the endpoint was updated. Why deliveries failed, if it was disabled "
        "because of that. Null otherwise."
    )

    @strawberry.field(description="The current webhook endpoint; null if it has been deleted.")
    async def webhook_endpoint(self, info: Info) -> WebhookEndpoint | None:
        """Batched: one query for all events of a list."""
        row = await info.context.webhook_endpoint.load(self.webhook_endpoint_id)
        return WebhookEndpoint.of(row) if row else None


_TYPES: dict[str, type[Event]] = {
    "integration_id": IntegrationEvent,
    "credential_id": CredentialEvent,
    "token_id": TokenEvent,
    "webhook_endpoint_id": WebhookEndpointEvent,
}


def event_of(row: models.Event) -> Event:
    """Converts a row; the id among its details determines the type."""
    details = event_details(row)
    (event_type,) = (_TYPES[name] for name in _TYPES.keys() & details.keys())
    return event_type(actor=Actor.of(row), **details)
