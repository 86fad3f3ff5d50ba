"""The identity provider that the settings name."""

from adapters.identity.provider import IdentityProvider
from adapters.identity.signing_keys import ProviderKeys
from settings.identity import IdentitySettings


def identity_provider(settings: IdentitySettings) -> IdentityProvider | None:
    """The provider whose tokens are accepted; None if none is set up."""
    if settings.identity_issuer is None or settings.identity_audience is None:
        return None
    return IdentityProvider(
        ProviderKeys(settings.identity_issuer, settings.identity_jwks_url, settings.identity_algorithms),
        issuer=settings.identity_issuer,
        audience=settings.identity_audience,
        algorithms=settings.identity_algorithms,
        leeway=settings.identity_leeway_seconds,
    )
