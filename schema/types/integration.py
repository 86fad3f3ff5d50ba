"""The types of integrations and credentials, in one file because each refers to the other."""

from datetime import datetime
from functools import partial
from typing import Self

import strawberry

import models
from resolvers import credentials
from resolvers.integrations import page_of_credential
from schema import enums
from schema.connections import After, Before, Connection, First, Last, window
from schema.execution.cacheable import NOT_CACHEABLE, SELECTS_LOG
from schema.execution.context import Info
from schema.execution.weights import COUNTS
from schema.interfaces import Node
from schema.types.consumer import CredentialConsumer
from schema.types.health import CredentialHealth
from schema.types.key import KeyPermission


@strawberry.type(description="A named connection to an external system that can be activated and deactivated.")
class Integration(Node):
    provider: enums.Provider = strawberry.field(description="The external system.")
    name: str = strawberry.field(description="The name, unique among the organization's integrations.")
    active: bool = strawberry.field(description="Whether the integration is activated.")
    status: enums.IntegrationStatus = strawberry.field(
        description="Whether the integration is ready to use, according to the last check."
    )
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When its name, key or activation last changed.")
    version: int = strawberry.field(
        description="The number of the current version. Pass it as expectedVersion to prevent lost updates. It also "
        "moves when the credential gets another secret."
    )
    credential: "Credential" = strawberry.field(description="The credential that the integration uses.")

    @classmethod
    def of(cls, row: models.Integration) -> Self:
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


@strawberry.type(
    description="A Stripe account, as of the credential's last check. Of a key that may not read its own account, only "
    "the id and the mode may be known."
)
class StripeAccount:
    account_id: str = strawberry.field(description="The account's id at Stripe, acct_…, the same in both modes.")
    name: str | None = strawberry.field(description="The name of the business, if Stripe has one.")
    country: str | None = strawberry.field(description="The country as an ISO 3166-1 alpha-2 code, such as US or DE.")
    default_currency: str | None = strawberry.field(
        description="The default currency as an ISO 4217 code in lower case, such as usd or eur."
    )
    livemode: bool = strawberry.field(description="Whether the account is connected in live mode, with real payments.")

    @classmethod
    def of(cls, row: models.Credential) -> Self | None:
        """None if the account is not known."""
        if row.shown_account_id is None:
            return None
        return cls(
            account_id=row.shown_account_id,
            name=row.account_name,
            country=row.account_country,
            default_currency=row.account_currency,
            livemode=row.destination.livemode,
        )

    @classmethod
    def reported(cls, account: credentials.Account | None, destination: models.Destination) -> Self | None:
        """As Stripe has just reported it; None if it has not."""
        if account is None:
            return None
        return cls(
            account_id=account.id,
            name=account.name,
            country=account.country,
            default_currency=account.default_currency,
            livemode=destination.livemode,
        )


@strawberry.type(
    description="A secret key or an OAuth connection for calling Stripe. No field of this type returns the secret."
)
class Credential(Node):
    name: str = strawberry.field(description="The name, unique among the organization's credentials.")
    destination: enums.Destination = strawberry.field(description="Stripe or Stripe (Test Mode).")
    livemode: bool = strawberry.field(description="Whether it is for live mode, with real payments.")
    method: enums.AuthenticationMethod = strawberry.field(description="The authentication method.")
    flow: enums.StripeAuthFlow | None = strawberry.field(
        description="The way in which the account was connected by OAuth; null for a key. It reconnects the same way."
    )
    granted_scope: str | None = strawberry.field(
        description="The scope that Stripe reported with a Stripe App's access, such as stripe_apps; null otherwise."
    )
    access_expires_at: datetime | None = strawberry.field(
        description="When the current access token of a Stripe App ends. It is refreshed when it is needed. Null if it "
        "does not end.",
        metadata=NOT_CACHEABLE,
    )
    status: enums.CredentialStatus = strawberry.field(
        description="Whether Stripe accepts the credential, according to the last check."
    )
    problem: enums.CredentialProblem | None = strawberry.field(
        description="Why the credential is disconnected; null if it is not."
    )
    account: StripeAccount | None = strawberry.field(
        description="The connected account. Null until authentication is completed, or if it is not known."
    )
    masked_secret: str | None = strawberry.field(
        description="The key's prefix and last four characters, such as 'sk_test_…4242'; null for OAuth."
    )
    secret_version: int = strawberry.field(
        description="The number of the secret. It moves whenever another secret takes its place. Refreshing the access "
        "token of a Stripe App does not move it."
    )
    secret_key_kind: enums.SecretKeyKind | None = strawberry.field(
        description="Whether the key is a secret or a restricted key; null for OAuth."
    )
    expires_at: datetime | None = strawberry.field(
        description="When an incomplete credential expires: ten minutes after authorization starts. Null once complete."
    )
    verified_at: datetime | None = strawberry.field(
        description="When the credential was last verified with Stripe: when Stripe last accepted it.",
        metadata=NOT_CACHEABLE,
    )
    health: CredentialHealth = strawberry.field(
        description="What the checks with Stripe have found, and when the next one is due."
    )
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When its name, key or status last changed.")
    version: int = strawberry.field(
        description="The number of the current version. Pass it as expectedVersion to prevent lost updates."
    )
    row: strawberry.Private[models.Credential]

    @strawberry.field(
        description="When the previous secret is erased. Until then it can be revealed and restored. Null if there is "
        "none.",
        metadata=NOT_CACHEABLE,
    )
    def previous_secret_valid_until(self, info: Info) -> datetime | None:
        """Not cacheable, because time alone changes it."""
        return credentials.valid_until(info.context, self.row)

    @strawberry.field(description="The masked previous secret, while it can be restored.", metadata=NOT_CACHEABLE)
    def previous_masked_secret(self, info: Info) -> str | None:
        return credentials.masked_previous(info.context, self.row)

    @strawberry.field(
        description="The name, followed by ' (Incomplete)' until authentication with Stripe is completed."
    )
    def display_name(self) -> str:
        return f"{self.name} (Incomplete)" if self.status is enums.CredentialStatus.INCOMPLETE else self.name

    @strawberry.field(
        description="Whether the key has the permissions that integrations need, according to the last check. A secret "
        "key has all of them. Empty for OAuth."
    )
    def permissions(self) -> list[KeyPermission]:
        return KeyPermission.list_of(self.row.key_permissions)

    @strawberry.field(description="The integrations that use the credential, oldest first.")
    async def integrations(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[Integration]:
        """Batched: one query for all credentials of a list."""
        wanted = page_of_credential(self.id, window(first, after, last, before))
        page = await info.context.integrations_of.load(wanted)
        assert page  # noqa: S101 - each wanted page is returned
        return Connection.of(page, Integration.of)

    @strawberry.field(
        description="The tokens and users that have revealed the secret, by any integration: the last one first. Once "
        "all have the current one, the previous one can be rolled at Stripe. Needs READ.",
        metadata={**COUNTS, **SELECTS_LOG},
    )
    async def consumers(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[CredentialConsumer]:
        page = await credentials.consumers(info.context, self.id, window(first, after, last, before))
        return Connection.of(page, partial(CredentialConsumer.of, current=self.secret_version))

    @classmethod
    def of(cls, row: models.Credential) -> Self:
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            destination=row.destination,
            livemode=row.destination.livemode,
            method=row.method,
            flow=row.flow,
            granted_scope=row.granted_scope,
            access_expires_at=row.access_expires_at,
            status=row.status,
            problem=row.problem,
            account=StripeAccount.of(row),
            masked_secret=row.masked_secret,
            secret_version=row.secret_version,
            secret_key_kind=row.secret_key_kind,
            expires_at=row.expires_at,
            verified_at=row.verified_at,
            health=CredentialHealth.of(row),
            created_at=row.created_at,
            updated_at=row.updated_at,
            version=row.version,
            row=row,
        )
