"""The services that every use case may call; they live as long as the process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from adapters.identity.provider import IdentityProvider
from adapters.notifier import Notifier
from adapters.stripe.connect import StripeConnect
from adapters.stripe.gateway import StripeGateway
from adapters.vault import Vault
from kit.rate_limiter import RateLimiter
from models import ApiToken, Scope
from resolvers.events.tail import Tails
from resolvers.kit.batch_loader import BatchLoader
from resolvers.kit.group_commit import GroupCommit


class ClaimRules(Protocol):
    """The meaning of claims in the identity provider's tokens, as the settings describe it."""

    @property
    def identity_organization_claim(self) -> str: ...
    @property
    def identity_name_claim(self) -> str: ...
    @property
    def identity_scope_claim(self) -> str: ...
    @property
    def identity_scopes(self) -> Mapping[str, frozenset[Scope]]: ...
    @property
    def identity_create_organizations(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Measures:
    """Metrics: the number of events `appended`, the seconds after its time at which a credential was `expired`."""

    appended: Callable[[int], None] = lambda _: None
    expired: Callable[[float], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Services:
    """What lives as long as the process."""

    stripe: StripeGateway
    connect: StripeConnect
    return_urls: frozenset[str]  # pages to which users may return from Stripe
    stripe_auth_ttl: timedelta
    vault: Vault
    notifier: Notifier
    tails: Tails
    key_checks: RateLimiter
    tokens: BatchLoader[str, ApiToken]  # by their hashes
    reveals: GroupCommit[Any, Any]  # of WantedSecret and RevealedSecret, which know this module
    identity: IdentityProvider | None
    claim_rules: ClaimRules
    measures: Measures = Measures()

    async def aclose(self) -> None:
        await self.stripe.close()
