"""What lists can be narrowed and ordered by."""

from enum import Enum

import strawberry

from resolvers.credentials.read import CredentialFilter
from resolvers.events.read import EventFilter
from resolvers.integrations.read import IntegrationFilter
from resolvers.kit.ordering import NounOrder, OrderField
from schema import enums
from schema.inputs import optional


@strawberry.input(
    name="IntegrationFilter", description="Which integrations to list: those that match all that is given."
)
class IntegrationFilterInput:
    """Narrows a list of integrations."""

    provider: enums.Provider | None = strawberry.field(default=strawberry.UNSET, description="Of this external system.")
    status: enums.IntegrationStatus | None = strawberry.field(default=strawberry.UNSET, description="In this status.")
    destination: enums.Destination | None = strawberry.field(default=strawberry.UNSET, description="Connected to this.")
    name_contains: str | None = strawberry.field(
        default=strawberry.UNSET, description="With this in their name, without regard to case."
    )

    def unpack(self) -> IntegrationFilter:
        """The use case's filter."""
        return IntegrationFilter(
            optional(self.provider), optional(self.status), optional(self.destination), optional(self.name_contains)
        )


@strawberry.input(name="CredentialFilter", description="Which credentials to list: those that match all that is given.")
class CredentialFilterInput:
    """Narrows a list of credentials."""

    destination: enums.Destination | None = strawberry.field(default=strawberry.UNSET, description="Connected to this.")
    status: enums.CredentialStatus | None = strawberry.field(default=strawberry.UNSET, description="In this status.")
    method: enums.AuthenticationMethod | None = strawberry.field(
        default=strawberry.UNSET, description="That authenticate in this way."
    )
    name_contains: str | None = strawberry.field(
        default=strawberry.UNSET, description="With this in their name, without regard to case."
    )

    def unpack(self) -> CredentialFilter:
        """The use case's filter."""
        return CredentialFilter(
            optional(self.destination), optional(self.status), optional(self.method), optional(self.name_contains)
        )


@strawberry.input(name="EventFilter", description="Which events to read: those that match all that is given.")
class EventFilterInput:
    """Narrows the log."""

    kinds: list[enums.EventKind] | None = strawberry.field(
        default=strawberry.UNSET, description="Of one of these kinds."
    )
    subject: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="About the integration, credential or token with this id."
    )

    def unpack(self) -> EventFilter:
        """The use case's filter."""
        return EventFilter(optional(self.kinds), optional(self.subject))


@strawberry.enum(description="What integrations can be ordered by.")
class IntegrationOrderField(Enum):
    """Orders of integrations."""

    CREATED_AT = strawberry.enum_value(OrderField.CREATED_AT, description="When they were added.")
    NAME = strawberry.enum_value(OrderField.NAME, description="Their names, without regard to case.")


@strawberry.enum(description="What credentials can be ordered by.")
class CredentialOrderField(Enum):
    """Orders of credentials."""

    CREATED_AT = strawberry.enum_value(OrderField.CREATED_AT, description="When they were added.")
    NAME = strawberry.enum_value(OrderField.NAME, description="Their names, without regard to case.")


@strawberry.input(name="IntegrationOrder", description="How integrations are ordered.")
class IntegrationOrderInput:
    """Orders a list of integrations."""

    field: IntegrationOrderField = strawberry.field(default=IntegrationOrderField.CREATED_AT, description="By what.")
    direction: enums.OrderDirection = strawberry.field(
        default=enums.OrderDirection.DESC, description="Which end comes first."
    )

    def unpack(self) -> NounOrder:
        """The use case's order."""
        return NounOrder(OrderField[self.field.name], self.direction)


@strawberry.input(name="CredentialOrder", description="How credentials are ordered.")
class CredentialOrderInput:
    """Orders a list of credentials."""

    field: CredentialOrderField = strawberry.field(default=CredentialOrderField.CREATED_AT, description="By what.")
    direction: enums.OrderDirection = strawberry.field(
        default=enums.OrderDirection.DESC, description="Which end comes first."
    )

    def unpack(self) -> NounOrder:
        """The use case's order."""
        return NounOrder(OrderField[self.field.name], self.direction)
