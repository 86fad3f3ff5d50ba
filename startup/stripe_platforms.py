"""The platforms that Stripe knows this server by: one in live mode, one in test mode."""

from collections.abc import Mapping

from adapters.stripe.connect import Platform
from kit.secret import Secret
from sandbox import registered_applications
from settings import Settings


def platforms_of(settings: Settings) -> Mapping[bool, Platform]:
    """By livemode, the platforms that are set up, and the sandbox's for other modes if a sandbox is used."""
    platforms = {}
    if settings.stripe.uses_sandbox:
        for each in registered_applications(settings.serving.public_address, settings.serving.address):
            platforms[each.livemode] = Platform(Secret(each.secret_key), each.client_id, Secret(each.webhook_secret))
    for livemode in (True, False):
        if credentials := settings.stripe.platform(livemode=livemode):
            platforms[livemode] = Platform(*credentials)
    return platforms
