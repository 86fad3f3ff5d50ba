"""The services that use cases call. They live as long as the process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol

from adapters.identity.provider import IdentityProvider
from adapters.notifier import Notifier
from adapters.stripe.apps import StripeApps
from adapters.stripe.connect import StripeConnect
from adapters.stripe.gateway import StripeGateway
from adapters.vault import Vault
from adapters.webhooks.sender import WebhookSender
from kit.best_effort import BestEffort
from kit.rate_limiter import RateLimiter
from kit.turns import Turns
from models import ApiToken, Scope, StripeAuthFlow
from resolvers.check_state import CheckState
from resolvers.events.tail import Tails
from resolvers.kit.batch_loader import BatchLoader
from resolvers.kit.group_commit import GroupCommit
from resolvers.kit.writer_queue import WriterQueue


class ClaimRules(Protocol):
    """The settings that map the claims of the identity provider's tokens."""

    @property
    def identity_organization_claim(self) -> str: ...
    @property
    def identity_name_claim(self) -> str: ...
    @property
    def identity_scope_claim(self) -> str: ...
    @property
    def identity_scopes(self) -> Mapping[str, frozenset[Scope]]: ...
    @property
    def identity_leeway_seconds(self) -> float: ...
    @property
    def identity_create_organizations(self) -> bool: ...


class KeyRules(Protocol):
    """The settings of the secret keys that users may paste."""

    @property
    def stripe_required_permissions(self) -> tuple[str, ...]: ...
    @property
    def key_policy(self) -> Literal["any", "warn", "restricted"]: ...


@dataclass(frozen=True, slots=True)
class Measures:
    """Callbacks for metrics.

    They get the number of events `appended`, how many seconds late a credential `expired`, the mode and outcome of a
    `webhook`, the outcome of a `withdrawal`, the mode and outcome of a check (`checked`), how many `checks_due` a mode
    has, whether its `breaker` keeps calls away, the outcome of an attempt to deliver a webhook (`delivered`), and the
    `backlog` of webhooks: events and seconds of the endpoint that is furthest behind, and how many are disabled.
    """

    appended: Callable[[int], None] = lambda _: None
    expired: Callable[[float], None] = lambda _: None
    webhook: Callable[[str, str], None] = lambda _mode, _outcome: None
    withdrawal: Callable[[str], None] = lambda _: None
    checked: Callable[[str, str], None] = lambda _mode, _outcome: None
    checks_due: Callable[[str, int], None] = lambda _mode, _count: None
    breaker: Callable[[str, bool], None] = lambda _mode, _open: None
    delivered: Callable[[str], None] = lambda _: None
    backlog: Callable[[int, float, int], None] = lambda _events, _seconds, _disabled: None


@dataclass(frozen=True, slots=True)
class Services:
    """One instance of every service, shared by all requests."""

    stripe: StripeGateway
    connect: StripeConnect
    apps: StripeApps
    return_urls: frozenset[str]  # the allowed return URLs, without query
    stripe_auth_ttl: timedelta
    vault: Vault
    notifier: Notifier
    tails: Tails
    queries: Turns  # by viewer
    replays: Turns  # by viewer
    reads: Turns  # by organization: statements of its queries
    key_rules: KeyRules
    key_checks: RateLimiter  # by viewer
    organization_key_checks: RateLimiter
    reported_checks: RateLimiter  # by viewer
    webhook_tests: RateLimiter  # by organization
    tokens: BatchLoader[str, ApiToken]  # by token hash
    token_uses: BestEffort
    writers: WriterQueue
    reveals: GroupCommit[Any, Any]  # WantedSecret and RevealedSecret, whose module imports this one
    reports: GroupCommit[Any, Any]  # Report and Integration, by credential
    refreshes: GroupCommit[Any, Any]  # Need and Credential, by credential
    waited_for: GroupCommit[str, Any]  # ids of credentials that somebody else refreshes, and their rows
    refresh_claims: GroupCommit[str, None]  # ids of credentials that this process refreshes
    identity: IdentityProvider | None
    claim_rules: ClaimRules
    checks: CheckState
    webhooks: WebhookSender
    measures: Measures = Measures()

    def platform(self, flow: StripeAuthFlow) -> StripeApps | StripeConnect:
        """The part that this server plays at Stripe in a flow: an app, or a Connect platform."""
        return self.apps if flow is StripeAuthFlow.STRIPE_APP else self.connect

    def flows(self, *, livemode: bool) -> list[StripeAuthFlow]:
        """The flows that are set up in a mode. The first is for new credentials."""
        return [flow for flow in StripeAuthFlow if self.platform(flow).serves(livemode=livemode)]

    async def aclose(self) -> None:
        await self.stripe.close()
        await self.webhooks.close()
