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


_BY_KEY = (AuthenticationMethod.SECRET_KEY,)
_CATALOGUE = (
    AvailableIntegration(
        Provider.STRIPE,
        "Stripe",
        "Payments, subscriptions and invoices with Stripe.",
        (
            DestinationOption(Destination.STRIPE, "Stripe", _BY_KEY),
            DestinationOption(Destination.STRIPE_TEST_MODE, "Stripe (Test Mode)", _BY_KEY),
        ),
    ),
)


def available(context: Context) -> Sequence[AvailableIntegration]:
    """What can be added. Needs READ."""
    context.require(Scope.READ)
    return _CATALOGUE
