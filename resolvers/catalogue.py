"""The catalogue of available integrations."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.stripe.permissions import create_key_url
from models import AuthenticationMethod, Destination, Provider, Scope
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class DestinationOption:
    """A destination and the authentication methods that it supports on this server.

    `create_key_url` creates a restricted key with the required permissions; None if there are none.
    """

    destination: Destination
    name: str
    authentication_methods: tuple[AuthenticationMethod, ...]
    create_key_url: str | None
    required_permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AvailableIntegration:
    """A provider with its destinations."""

    provider: Provider
    name: str
    description: str
    destinations: tuple[DestinationOption, ...]


_NAMES = {Destination.STRIPE: "Stripe", Destination.STRIPE_TEST_MODE: "Stripe (Test Mode)"}


def available(context: Context) -> Sequence[AvailableIntegration]:
    """Lists the available integrations. Needs READ."""
    context.require(Scope.READ)
    options = tuple(_option(context, destination, name) for destination, name in _NAMES.items())
    description = "Payments, subscriptions and invoices with Stripe."
    return (AvailableIntegration(Provider.STRIPE, "Stripe", description, options),)


def _option(context: Context, destination: Destination, name: str) -> DestinationOption:
    required = context.services.key_rules.stripe_required_permissions
    url = create_key_url(required, livemode=destination.livemode) if required else None
    return DestinationOption(destination, name, _methods(context, destination), url, required)


def _methods(context: Context, destination: Destination) -> tuple[AuthenticationMethod, ...]:
    """OAuth needs a configured Stripe App or Connect platform; a secret key needs nothing."""
    has_platform = context.services.flows(livemode=destination.livemode)
    by_key = (AuthenticationMethod.SECRET_KEY,)
    return (*by_key, AuthenticationMethod.OAUTH) if has_platform else by_key
