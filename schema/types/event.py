"""Events, as clients see them. Which type an event has follows from what it tells of."""

from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

import strawberry

import models
from resolvers.events.read import event_cursor
from schema import enums
from schema.execution.context import Info
from schema.types.integration import Credential, Integration
from schema.types.token import ApiToken

Status = TypeVar("Status", bound=Enum)


@strawberry.interface(description="A fact in the organization's log.")
class Event:
    """What all events have. Other names differ where types do, so that one selection reads all without aliases."""

    cursor: str = strawberry.field(
        description="The event's place in the organization's log: pass it as 'after' to go on from here."
    )
    kind: enums.EventKind = strawberry.field(description="What happened.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    actor: str = strawberry.field(
        description="Who did it: a token's or user's name, 'stripe' for a webhook, 'system' for an expiry."
    )


@strawberry.type(description="Something happened to an integration.")
class IntegrationEvent(Event):
    """Of the kinds that begin with INTEGRATION, and SECRET_REVEALED."""

    integration_id: strawberry.ID = strawberry.field(description="The integration's id, also once it is deleted.")
    name: str = strawberry.field(description="Its name when this happened.")
    previous_integration_status: enums.IntegrationStatus | None = strawberry.field(
        description="Its status before; null if it was not there yet."
    )
    integration_status: enums.IntegrationStatus | None = strawberry.field(
        description="Its status afterwards; null if it was deleted."
    )
    reason: str | None = strawberry.field(description="Why its secret was revealed; null for other kinds.")

    @strawberry.field(description="The integration as it is now; null once deleted.")
    async def integration(self, info: Info) -> Integration | None:
        """One query for all events of a list."""
        row = await info.context.integration.load(self.integration_id)
        return Integration.of(row) if row else None


@strawberry.type(description="Something happened to a credential.")
class CredentialEvent(Event):
    """Of the kinds that begin with CREDENTIAL."""

    credential_id: strawberry.ID = strawberry.field(description="The credential's id, also once it is deleted.")
    name: str = strawberry.field(description="Its name when this happened.")
    previous_credential_status: enums.CredentialStatus | None = strawberry.field(
        description="Its status before; null if it was not there yet."
    )
    credential_status: enums.CredentialStatus | None = strawberry.field(
        description="Its status afterwards; null if it was deleted."
    )

    @strawberry.field(description="The credential as it is now; null once deleted.")
    async def credential(self, info: Info) -> Credential | None:
        """One query for all events of a list."""
        row = await info.context.credential.load(self.credential_id)
        return Credential.of(row) if row else None


@strawberry.type(description="Something happened to an API token.")
class TokenEvent(Event):
    """Of the kinds that begin with TOKEN."""

    token_id: strawberry.ID = strawberry.field(description="The token's id.")
    name: str = strawberry.field(description="Its name.")

    @strawberry.field(description="The token as it is now. Needs MANAGE_TOKENS.")
    async def token(self, info: Info) -> ApiToken | None:
        """One query for all events of a list."""
        row = await info.context.token.load(self.token_id)
        return ApiToken.of(row) if row else None


def event_of(row: models.Event) -> Event:
    """What clients see of a row: its subject's prefix tells the type."""
    common: dict[str, Any] = {
        "cursor": event_cursor(row.organization_id, row.position),
        "kind": row.kind,
        "occurred_at": row.occurred_at,
        "actor": row.actor,
        "name": row.name,
    }
    subject = strawberry.ID(row.subject)
    if models.is_id("integration", row.subject):
        return IntegrationEvent(
            **common,
            integration_id=subject,
            previous_integration_status=_status(enums.IntegrationStatus, row.previous_status),
            integration_status=_status(enums.IntegrationStatus, row.status),
            reason=row.reason,
        )
    if models.is_id("credential", row.subject):
        return CredentialEvent(
            **common,
            credential_id=subject,
            previous_credential_status=_status(enums.CredentialStatus, row.previous_status),
            credential_status=_status(enums.CredentialStatus, row.status),
        )
    return TokenEvent(**common, token_id=subject)


def _status(enum: type[Status], stored: str | None) -> Status | None:
    return enum(stored) if stored is not None else None
