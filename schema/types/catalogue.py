"""The catalogue behind 'Add Integration'."""

from typing import Self

import strawberry

from resolvers import catalogue
from schema import enums


@strawberry.type(description="A destination and its authentication methods.")
class DestinationOption:
    destination: enums.Destination = strawberry.field(description="The destination.")
    name: str = strawberry.field(description="The display name, such as 'Stripe (Test Mode)'.")
    authentication_methods: list[enums.AuthenticationMethod] = strawberry.field(
        description="The available authentication methods. OAUTH is included only if it is configured on the server."
    )


@strawberry.type(description="An integration that can be added.")
class AvailableIntegration:
    provider: enums.Provider = strawberry.field(description="The external system.")
    name: str = strawberry.field(description="The display name.")
    description: str = strawberry.field(description="What the integration is for, in one sentence.")
    destinations: list[DestinationOption] = strawberry.field(description="The destinations that it can connect to.")

    @classmethod
    def of(cls, entry: catalogue.AvailableIntegration) -> Self:
        destinations = [
            DestinationOption(
                destination=option.destination,
                name=option.name,
                authentication_methods=list(option.authentication_methods),
            )
            for option in entry.destinations
        ]
        return cls(provider=entry.provider, name=entry.name, description=entry.description, destinations=destinations)
