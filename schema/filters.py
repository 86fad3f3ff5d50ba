"""The filters and orders of lists."""

from datetime import datetime
from enum import Enum

import strawberry

from resolvers.credentials.read import CredentialFilter
from resolvers.events.read import EventFilter
from resolvers.integrations.read import IntegrationFilter
from resolvers.kit.ordering import NounOrder, OrderField
from resolvers.webhooks.read import WebhookEndpointFilter
from schema import enums
from schema.execution.weights import SEARCHES
from schema.inputs import optional

_EXACT_NAME = "The whole name, compared as unique names are. At most one row has it."
_SEARCH = "A part of the name, or the last four characters of the secret key. Ignores case, and blanks at the ends."
_IDS = "The ids, at most 100. Unknown ids match nothing."


@strawberry.input(name="IntegrationFilter", description="Filters integrations. All given conditions must match.")
class IntegrationFilterInput:
    provider: enums.Provider | None = strawberry.field(default=strawberry.UNSET, description="The external system.")
    status: enums.IntegrationStatus | None = strawberry.field(default=strawberry.UNSET, description="The status.")
    destination: enums.Destination | None = strawberry.field(default=strawberry.UNSET, description="The destination.")
    name_contains: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A part of the name. Ignores case, width and invisible characters.",
        metadata=SEARCHES,
    )
    search: str | None = strawberry.field(default=strawberry.UNSET, description=_SEARCH, metadata=SEARCHES)
    name: str | None = strawberry.field(default=strawberry.UNSET, description=_EXACT_NAME)
    ids: list[strawberry.ID] | None = strawberry.field(default=strawberry.UNSET, description=_IDS)
    account_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="The Stripe account of the credential, acct_…, in either mode."
    )

    def unpack(self) -> IntegrationFilter:
        return IntegrationFilter(
            provider=optional(self.provider),
            status=optional(self.status),
            destination=optional(self.destination),
            name_contains=optional(self.name_contains),
            search=optional(self.search),
            name=optional(self.name),
            ids=optional(self.ids),
            account_id=optional(self.account_id),
        )


@strawberry.input(name="CredentialFilter", description="Filters credentials. All given conditions must match.")
class CredentialFilterInput:
    destination: enums.Destination | None = strawberry.field(default=strawberry.UNSET, description="The destination.")
    status: enums.CredentialStatus | None = strawberry.field(default=strawberry.UNSET, description="The status.")
    method: enums.AuthenticationMethod | None = strawberry.field(
        default=strawberry.UNSET, description="The authentication method."
    )
    name_contains: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A part of the name. Ignores case, width and invisible characters.",
        metadata=SEARCHES,
    )
    search: str | None = strawberry.field(default=strawberry.UNSET, description=_SEARCH, metadata=SEARCHES)
    name: str | None = strawberry.field(default=strawberry.UNSET, description=_EXACT_NAME)
    ids: list[strawberry.ID] | None = strawberry.field(default=strawberry.UNSET, description=_IDS)
    account_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="The Stripe account, acct_…, in either mode."
    )

    def unpack(self) -> CredentialFilter:
        return CredentialFilter(
            destination=optional(self.destination),
            status=optional(self.status),
            method=optional(self.method),
            name_contains=optional(self.name_contains),
            search=optional(self.search),
            name=optional(self.name),
            ids=optional(self.ids),
            account_id=optional(self.account_id),
        )


@strawberry.input(name="EventFilter", description="Filters events. All given conditions must match.")
class EventFilterInput:
    kinds: list[enums.EventKind] | None = strawberry.field(
        default=strawberry.UNSET, description="The kinds of events to include."
    )
    subject: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The id of the integration, credential, token or webhook endpoint that the events are about.",
    )
    integration: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The id of an integration. Includes its own events, and those of the credential that it uses.",
    )

    actor_kind: enums.ActorKind | None = strawberry.field(
        default=strawberry.UNSET, description="The kind of actor behind the change.", metadata=SEARCHES
    )
    actor_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The id of the token or user behind the change, from 'Actor.id'.",
        metadata=SEARCHES,
    )
    occurred_after: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="The change happened at or after this time."
    )
    occurred_before: datetime | None = strawberry.field(
        default=strawberry.UNSET,
        description="The change happened before this time. Subscriptions, which have no end, refuse it.",
    )

    def unpack(self) -> EventFilter:
        kinds = optional(self.kinds)
        return EventFilter(
            kinds=None if kinds is None else frozenset(kinds),
            subject=optional(self.subject),
            integration=optional(self.integration),
            actor_kind=optional(self.actor_kind),
            actor_id=optional(self.actor_id),
            occurred_after=optional(self.occurred_after),
            occurred_before=optional(self.occurred_before),
        )


@strawberry.input(
    name="WebhookEndpointFilter", description="Filters webhook endpoints. All given conditions must match."
)
class WebhookEndpointFilterInput:
    status: enums.WebhookEndpointStatus | None = strawberry.field(default=strawberry.UNSET, description="The status.")
    url: str | None = strawberry.field(default=strawberry.UNSET, description="The whole URL.")
    ids: list[strawberry.ID] | None = strawberry.field(default=strawberry.UNSET, description=_IDS)

    def unpack(self) -> WebhookEndpointFilter:
        return WebhookEndpointFilter(status=optional(self.status), url=optional(self.url), ids=optional(self.ids))


@strawberry.enum(description="The fields to order integrations by.")
class IntegrationOrderField(Enum):
    CREATED_AT = strawberry.enum_value(OrderField.CREATED_AT, description="The time of creation.")
    NAME = strawberry.enum_value(OrderField.NAME, description="The name. Case-insensitive.")
    STATUS = strawberry.enum_value(OrderField.STATUS, description="The status, A to Z, then the time of creation.")
    UPDATED_AT = strawberry.enum_value(OrderField.UPDATED_AT, description="The time of the last update.")


@strawberry.enum(description="The fields to order credentials by.")
class CredentialOrderField(Enum):
    CREATED_AT = strawberry.enum_value(OrderField.CREATED_AT, description="The time of creation.")
    NAME = strawberry.enum_value(OrderField.NAME, description="The name. Case-insensitive.")
    STATUS = strawberry.enum_value(OrderField.STATUS, description="The status, A to Z, then the time of creation.")
    UPDATED_AT = strawberry.enum_value(OrderField.UPDATED_AT, description="The time of the last update.")


@strawberry.input(name="IntegrationOrder", description="The order of a list of integrations.")
class IntegrationOrderInput:
    field: IntegrationOrderField = strawberry.field(
        default=IntegrationOrderField.CREATED_AT, description="The field to order by."
    )
    direction: enums.OrderDirection = strawberry.field(
        default=enums.OrderDirection.DESC, description="The direction of the order."
    )

    def unpack(self) -> NounOrder:
        is_status = self.field is IntegrationOrderField.STATUS
        return NounOrder(OrderField.STATUS_COPY if is_status else OrderField[self.field.name], self.direction)


@strawberry.input(name="CredentialOrder", description="The order of a list of credentials.")
class CredentialOrderInput:
    field: CredentialOrderField = strawberry.field(
        default=CredentialOrderField.CREATED_AT, description="The field to order by."
    )
    direction: enums.OrderDirection = strawberry.field(
        default=enums.OrderDirection.DESC, description="The direction of the order."
    )

    def unpack(self) -> NounOrder:
        return NounOrder(OrderField[self.field.name], self.direction)
