"""The services that every use case may call; they live as long as the process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.identity.provider import IdentityProvider
from adapters.notifier import Notifier
from adapters.stripe.connect import StripeConnect
from adapters.stripe.gateway import StripeGateway
from adapters.vault import Vault
from kit.rate_limiter import RateLimiter
from models import ApiToken, Scope
from resolvers.events.tail import Tails
from resolvers.gathered import BatchLoader
from resolvers.kit.group_commit import GroupCommit


@dataclass(frozen=True, slots=True)
class AuthRules:
    """What holds for connecting by OAuth: where users may be taken back to, and how long they have."""

    return_urls: frozenset[str]
    time_to_live: timedelta


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """Which claims of the identity provider's tokens tell what, and which of its names stand for which scopes."""

    organization: str
    name: str
    scopes: str
    scopes_by_name: Mapping[str, frozenset[Scope]]
    create_organizations: bool


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
    auth_rules: AuthRules
    vault: Vault
    notifier: Notifier
    tails: Tails
    key_checks: RateLimiter
    tokens: BatchLoader[str, ApiToken]  # by their hashes
    reveals: GroupCommit[Any, Any]  # of WantedSecret and RevealedSecret, which know this module
    identity: IdentityProvider | None
    claim_rules: ClaimRules
    measures: Measures = Measures()
