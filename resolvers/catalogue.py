"""The catalogue of what can be integrated."""

from collections.abc import Sequence
from dataclasses import dataclass

from models import AuthenticationMethod, Destination, Provider, Scope
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class DestinationOption:
    """A place to connect to, and how one can authenticate there."""

    destination: Destination
    name: str
    authentication_methods: tuple[AuthenticationMethod, ...]


@dataclass(frozen=True, slots=True)
class AvailableIntegration:
    """An entry of the catalogue."""

    provider: Provider
    name: str
    description: str
    destinations: tuple[DestinationOption, ...]


_NAMES = {Destination.STRIPE: "Stripe", Destination.STRIPE_TEST_MODE: "Stripe (Test Mode)"}


def available(context: Context) -> Sequence[AvailableIntegration]:
    """What can be added. Needs READ."""
    context.require(Scope.READ)
    options = tuple(
        DestinationOption(destination, name, _methods(context, destination)) for destination, name in _NAMES.items()
    )
    description = "Payments, subscriptions and invoices with Stripe."
    return (AvailableIntegration(Provider.STRIPE, "Stripe", description, options),)


def _methods(context: Context, destination: Destination) -> tuple[AuthenticationMethod, ...]:
    """OAuth needs a platform that Stripe knows; a secret key needs nothing."""
    by_oauth = context.services.connect.serves(livemode=destination.livemode)
    by_key = (AuthenticationMethod.SECRET_KEY,)
    return (*by_key, AuthenticationMethod.OAUTH) if by_oauth else by_key
