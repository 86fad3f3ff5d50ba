"""The catalogue behind 'Add Integration'."""

from typing import Self

import strawberry

from resolvers import catalogue
from resolvers.credentials.permissions import label_of
from schema import enums


@strawberry.type(description="A destination and its authentication methods.")
class DestinationOption:
    destination: enums.Destination = strawberry.field(description="The destination.")
    name: str = strawberry.field(description="The display name, such as 'Stripe (Test Mode)'.")
    authentication_methods: list[enums.AuthenticationMethod] = strawberry.field(
        description="The available authentication methods. OAUTH is included only if it is configured on the server."
    )

    create_key_url: str | None = strawberry.field(
        description="The page of the Stripe Dashboard that creates a restricted key, with the required permissions "
        "filled in; null if none are required. Stripe does not document this page, so show the list beside the link."
    )
    required_permissions: list[str] = strawberry.field(
        description="The permissions that a restricted key needs: Stripe's names without rak_, such as customer_read."
    )
    required_permission_labels: list[str] = strawberry.field(
        description="The same list in words, such as 'Customers Read'."
    )

    @classmethod
    def of(cls, option: catalogue.DestinationOption) -> Self:
        return cls(
            destination=option.destination,
            name=option.name,
            authentication_methods=list(option.authentication_methods),
            create_key_url=option.create_key_url,
            required_permissions=list(option.required_permissions),
            required_permission_labels=[label_of(name) for name in option.required_permissions],
        )


@strawberry.type(description="An integration that can be added.")
class AvailableIntegration:
    provider: enums.Provider = strawberry.field(description="The external system.")
    name: str = strawberry.field(description="The display name.")
    description: str = strawberry.field(description="What the integration is for, in one sentence.")
    destinations: list[DestinationOption] = strawberry.field(description="The destinations that it can connect to.")

    @classmethod
    def of(cls, entry: catalogue.AvailableIntegration) -> Self:
        destinations = [DestinationOption.of(option) for option in entry.destinations]
        return cls(provider=entry.provider, name=entry.name, description=entry.description, destinations=destinations)
