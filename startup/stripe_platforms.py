"""The platforms that Stripe knows this server by, read from the settings: one in live mode, one in test mode."""

from collections.abc import Mapping

from adapters.stripe.connect import Platform
from adapters.stripe.keys import KeyRefusedError, parse_key
from kit.secret import Secret
from sandbox import registered_applications
from settings import PREFIX, Settings
from settings.errors import StartupError


def read_platforms(settings: Settings) -> Mapping[bool, Platform]:
    """By livemode, those that are set up, or the sandbox's in development; raises StartupError."""
    platforms = {}
    for livemode, mode in ((True, "live"), (False, "test")):
        platform = _read(settings, mode, livemode=livemode)
        if platform is None and settings.uses_sandbox:
            platform = _of_sandbox(settings, livemode=livemode)
        if platform is not None:
            platforms[livemode] = platform
    if settings.production and platforms:
        _refuse_unsafe_urls(settings)
    client_ids = [platform.client_id for platform in platforms.values()]
    if len(set(client_ids)) < len(client_ids):
        raise StartupError("Stripe gives live mode and test mode a client id each: one of the two is in both places.")
    return platforms


def _refuse_unsafe_urls(settings: Settings) -> None:
    """Codes come by these: they have to be known, and encrypted on the way."""
    if not settings.public_url or not settings.allowed_return_urls:
        raise StartupError(
            f"To connect accounts, {PREFIX}PUBLIC_URL is needed, and without the console {PREFIX}RETURN_URLS."
        )
    if not all(url.startswith("https://") for url in (settings.public_url, *settings.allowed_return_urls)):
        raise StartupError(f"{PREFIX}PUBLIC_URL and {PREFIX}RETURN_URLS need https in production.")


def _read(settings: Settings, mode: str, *, livemode: bool) -> Platform | None:
    names = [f"stripe_{mode}_{part}" for part in ("secret_key", "client_id", "webhook_secret")]
    secret_key, client_id, webhook_secret = (getattr(settings, name) for name in names)
    given = [part is not None for part in (secret_key, client_id, webhook_secret)]
    if secret_key is not None and _livemode_of(secret_key) is not livemode:
        variable = PREFIX + names[0].upper()
        raise StartupError(f"{variable} is no secret key of {mode} mode, as the client id beside it has to be.")
    if not any(given):
        return None
    if not all(given):
        variables = ", ".join(PREFIX + name.upper() for name in names)
        raise StartupError(f"To connect accounts in {mode} mode, all of {variables} are needed.")
    return Platform(secret_key, client_id, webhook_secret)


def _livemode_of(secret_key: Secret) -> bool | None:
    try:
        return parse_key(secret_key).livemode
    except KeyRefusedError:
        return None


def _of_sandbox(settings: Settings, *, livemode: bool) -> Platform:
    applications = registered_applications(settings.public_address, settings.address)
    (application,) = (application for application in applications if application.livemode is livemode)
    return Platform(Secret(application.secret_key), application.client_id, Secret(application.webhook_secret))
