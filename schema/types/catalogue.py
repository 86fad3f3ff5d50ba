"""The catalogue behind 'Add Integration'."""

from typing import Self

import strawberry

from resolvers import catalogue
from schema import enums


@strawberry.type(description="Stripe or Stripe (Test Mode), and how one can authenticate there.")
class DestinationOption:
    """A place to connect to."""

    destination: enums.Destination = strawberry.field(description="Which of the two.")
    name: str = strawberry.field(description="What to call it: 'Stripe (Test Mode)'.")
    authentication_methods: list[enums.AuthenticationMethod] = strawberry.field(
        description="How one can authenticate there: OAUTH only where the server is set up for it."
    )


@strawberry.type(description="An entry of the catalogue behind 'Add Integration'.")
class AvailableIntegration:
    """What can be added."""

    provider: enums.Provider = strawberry.field(description="The external system.")
    name: str = strawberry.field(description="What to call it.")
    description: str = strawberry.field(description="What it is good for, in a sentence.")
    destinations: list[DestinationOption] = strawberry.field(description="Where one can connect to.")

    @classmethod
    def of(cls, entry: catalogue.AvailableIntegration) -> Self:
        """What clients see of an entry."""
        destinations = [
            DestinationOption(
                destination=option.destination,
                name=option.name,
                authentication_methods=list(option.authentication_methods),
            )
            for option in entry.destinations
        ]
        return cls(provider=entry.provider, name=entry.name, description=entry.description, destinations=destinations)
