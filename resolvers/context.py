"""What every use case is handed: who is asking, and what it may talk to."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.identity.provider import IdentityProvider
from adapters.notifier import Bell
from adapters.stripe.connect import StripeConnect
from adapters.stripe.gateway import StripeGateway
from adapters.vault import Vault
from kit.rate_limiter import TokenBuckets
from models import ApiToken, Organization, Scope
from resolvers.events.tail import Tails
from resolvers.gathered import Gathered
from resolvers.refusals import Forbidden, Unauthenticated
from resolvers.together import Together
from resolvers.transactions import Transactions


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking. `id` tells them from all others, `name` is what the log calls them."""

    id: str
    organization: Organization
    name: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether the viewer has the scope. Who may configure may also read."""
        return scope in self.scopes or (scope is Scope.READ and Scope.CONFIGURE in self.scopes)


def system_viewer(organization: Organization, name: str = "system") -> Viewer:
    """Whom the log calls the author of what nobody asked for: the clock, a damaged row, a webhook."""
    return Viewer(name, organization, name, frozenset())


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
    """Who is told what was done: so many events `appended`, a credential `swept` so many seconds after its time."""

    appended: Callable[[int], None] = lambda _: None
    swept: Callable[[float], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Services:
    """What lives as long as the process."""

    stripe: StripeGateway
    connect: StripeConnect
    auth_rules: AuthRules
    vault: Vault
    bell: Bell
    tails: Tails
    key_checks: TokenBuckets
    tokens: Gathered[str, ApiToken]  # by their hashes
    reveals: Together[Any, Any]  # of WantedSecret and RevealedSecret, which know this module
    identity: IdentityProvider | None
    claim_rules: ClaimRules
    measures: Measures = Measures()


def utc_now() -> datetime:
    """The time by which everything is judged and stamped."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Context:
    """One caller's view of the services. `caller` is None where nobody has signed in."""

    services: Services
    caller: Viewer | None = None
    now: Callable[[], datetime] = utc_now
    transactions: Transactions = field(default_factory=Transactions)
    lasting: bool = True  # False once something was read that changes without an event
    clock_read_at: datetime | None = None  # when it was first asked for what the clock may change

    def viewer(self) -> Viewer:
        """Who is asking; raises Unauthenticated."""
        if self.caller is None:
            raise Unauthenticated
        return self.caller

    def require(self, scope: Scope) -> Viewer:
        """Who is asking, if they have the scope; raises Unauthenticated or Forbidden."""
        viewer = self.viewer()
        if not viewer.may(scope):
            raise Forbidden(scope)
        return viewer


@asynccontextmanager
async def held_by(context: Context) -> AsyncIterator[Transactions]:
    """Has the context's transactions held, and undoes at the end what has not been committed."""
    context.transactions = Transactions(hold=True)
    try:
        yield context.transactions
    finally:
        await context.transactions.roll_back()
