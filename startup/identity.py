"""Who may come in, by the settings: the identity provider's rules, and the hosts and origins that are known."""

from urllib.parse import urlsplit

from adapters.identity.keys import ProviderKeys
from adapters.identity.provider import IdentityProvider, TokenRules
from resolvers.services import ClaimRules
from settings import PREFIX, Settings
from settings.errors import StartupError
from web.middleware.trusted_hosts import Access

_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def identity_provider(settings: Settings) -> IdentityProvider | None:
    """The provider whose tokens are taken, None if none are; raises StartupError."""
    issuer, audience = settings.identity_issuer, settings.identity_audience
    if (issuer is None) != (audience is None):
        raise StartupError(f"{PREFIX}IDENTITY_ISSUER and {PREFIX}IDENTITY_AUDIENCE go together: set both, or none.")
    if issuer is None or audience is None:
        return None
    algorithms = settings.identity_algorithms
    rules = TokenRules(issuer, audience, algorithms, settings.identity_leeway_seconds)
    return IdentityProvider(rules, ProviderKeys(issuer, settings.identity_jwks_url, algorithms))


def claim_rules(settings: Settings) -> ClaimRules:
    """What the provider's claims stand for."""
    return ClaimRules(
        organization=settings.identity_organization_claim,
        name=settings.identity_name_claim,
        scopes=settings.identity_scope_claim,
        scopes_by_name=settings.identity_scopes,
        create_organizations=settings.identity_create_organizations,
    )


def access(settings: Settings) -> Access:
    """Where requests may come from and go to."""
    own = {urlsplit(address).hostname or "" for address in (settings.address, settings.public_address)}
    return Access(
        hosts=settings.allowed_hosts | own | _THIS_MACHINE,
        origins=settings.allowed_origins,
        failures_per_minute=settings.failed_authentications_per_minute,
    )
