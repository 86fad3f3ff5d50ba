"""Integrations and the credentials behind them, as clients see them: in one file, since each refers to the other."""

from datetime import datetime
from typing import Self

import strawberry

import models
from schema import enums
from schema.execution.context import Info
from schema.interfaces import Node


@strawberry.type(description="An external system in use: a name, a switch, and the credential behind it.")
class Integration(Node):
    """A row, loaded with its credential."""

    provider: enums.Provider = strawberry.field(description="The external system.")
    name: str = strawberry.field(description="Its name, unique among the organization's integrations.")
    active: bool = strawberry.field(description="Whether it is switched on.")
    status: enums.IntegrationStatus = strawberry.field(description="Whether it works, as far as is known.")
    created_at: datetime = strawberry.field(description="When it was added.")
    updated_at: datetime = strawberry.field(description="When its name, key or switch was last changed.")
    version: int = strawberry.field(description="Counts its changes: pass it as expectedVersion to change only this.")
    credential: "Credential" = strawberry.field(description="What it authenticates with.")

    @classmethod
    def of(cls, row: models.Integration) -> Self:
        """What clients see of a row."""
        return cls(
            id=strawberry.ID(row.id),
            provider=row.provider,
            name=row.name,
            active=row.active,
            status=row.status,
            created_at=row.created_at,
            updated_at=row.updated_at,
            version=row.version,
            credential=Credential.of(row.credential),
        )


@strawberry.type(description="A Stripe account, as Stripe told when the credential was last checked.")
class StripeAccount:
    """Stripe's facts."""

    id: str = strawberry.field(description="Stripe's id of the account: acct_…")
    name: str | None = strawberry.field(description="The business's name, where Stripe knows one.")
    country: str | None = strawberry.field(description="ISO 3166-1 alpha-2: US, DE.")
    default_currency: str | None = strawberry.field(description="ISO 4217 in lower case: usd, eur.")
    livemode: bool = strawberry.field(description="Whether real money moves.")

    @classmethod
    def of(cls, row: models.Credential) -> Self | None:
        """What a credential knows of its account."""
        if row.shown_account_id is None:
            return None
        return cls(
            id=row.shown_account_id,
            name=row.account_name,
            country=row.account_country,
            default_currency=row.account_currency,
            livemode=row.destination.livemode,
        )


@strawberry.type(description="What Stripe is called with. The secret itself is shown by no field.")
class Credential(Node):
    name: str = strawberry.field(description="Its name, unique among the organization's credentials.")
    destination: enums.Destination = strawberry.field(description="Stripe or Stripe (Test Mode).")
    method: enums.AuthenticationMethod = strawberry.field(description="How it authenticates.")
    status: enums.CredentialStatus = strawberry.field(description="Whether Stripe accepts it, as far as is known.")
    problem: enums.CredentialProblem | None = strawberry.field(
        description="Why it is disconnected; null while it is not."
    )
    account: StripeAccount | None = strawberry.field(
        description="What is connected: null until authentication is completed, and where the key may not read its "
        "own account."
    )
    masked_secret: str | None = strawberry.field(
        description="The key's kind and last four characters, as in 'sk_test_…4242'; null for OAuth."
    )
    expires_at: datetime | None = strawberry.field(
        description="When an incomplete credential is removed: ten minutes after it was begun. Null once complete."
    )
    verified_at: datetime | None = strawberry.field(description="When Stripe was last asked about it.")
    created_at: datetime = strawberry.field(description="When it was added.")
    updated_at: datetime = strawberry.field(description="When its name, key or status last changed.")
    version: int = strawberry.field(description="Counts its changes: pass it as expectedVersion to change only this.")

    @strawberry.field(
        description="The name, followed by ' (Incomplete)' until authentication with Stripe is completed."
    )
    def display_name(self) -> str:
        """For lists."""
        return f"{self.name} (Incomplete)" if self.status is enums.CredentialStatus.INCOMPLETE else self.name

    @strawberry.field(description="The integrations that use it, oldest first.")
    async def integrations(self, info: Info) -> list[Integration]:
        """One query for all credentials of a list."""
        return [Integration.of(row) for row in await info.context.integrations_of.load(self.id) or ()]

    @classmethod
    def of(cls, row: models.Credential) -> Self:
        """What clients see of a row."""
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            destination=row.destination,
            method=row.method,
            status=row.status,
            problem=row.problem,
            account=StripeAccount.of(row),
            masked_secret=row.masked_secret,
            expires_at=row.expires_at,
            verified_at=row.verified_at,
            created_at=row.created_at,
            updated_at=row.updated_at,
            version=row.version,
        )
