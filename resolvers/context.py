"""What every use case is handed: who is asking, and what it may talk to."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from models import Organization, Scope
from resolvers.kit.transactions import Transactions
from resolvers.refusals import Forbidden, Unauthenticated
from resolvers.services import Services


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
    expiry_read_at: datetime | None = None  # when it was first asked for what the clock may change

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
async def holding_transactions(context: Context) -> AsyncIterator[Transactions]:
    """Has the context's transactions held, and undoes at the end what has not been committed."""
    context.transactions = Transactions(hold=True)
    try:
        yield context.transactions
    finally:
        await context.transactions.roll_back()
