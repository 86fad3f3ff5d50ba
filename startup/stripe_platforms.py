"""The Connect platforms and the Stripe Apps that Stripe knows this server by: one each in live and in test mode."""

from collections.abc import Mapping

from adapters.stripe.apps import App
from adapters.stripe.connect import Platform
from kit.secret import Secret
from sandbox import registered_applications, registered_apps
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


def apps_of(settings: Settings) -> Mapping[bool, App]:
    """By livemode, the Stripe Apps that are set up, and the sandbox's for modes with neither an app nor Connect."""
    apps = {}
    if settings.stripe.uses_sandbox:
        sandbox_url = settings.stripe.stripe_api_base or f"{settings.serving.public_address}/sandbox"
        for each in registered_apps(settings.serving.public_address, settings.serving.address):
            if settings.stripe.platform(livemode=each.livemode) is None:
                secrets = Secret(each.secret_key), Secret(each.webhook_secret)
                apps[each.livemode] = App(each.authorize_link(sandbox_url), *secrets, each.app_id)
    for livemode in (True, False):
        if parts := settings.stripe.app(livemode=livemode):
            apps[livemode] = App(*parts)
    return apps
