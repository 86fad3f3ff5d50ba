"""The context of a use case: the viewer and the services."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from models import ActorKind, Organization, Scope
from resolvers.kit.transactions import Transactions
from resolvers.refusals import Forbidden, Unauthenticated
from resolvers.services import Services


@dataclass(frozen=True, slots=True)
class Viewer:
    """The authenticated caller. `id` is unique across the server.

    Events record the kind, the name and `subject`: the token's id, or the user's subject at the identity provider.
    `expires_at` is the end of its token, None if it never expires, and `refused_from` that of a JWT with the tolerated
    difference of clocks. `required` is the scope that the use case required, for looking at it again.
    """

    id: str
    organization: Organization
    name: str
    scopes: frozenset[Scope]
    kind: ActorKind = ActorKind.SYSTEM
    subject: str | None = None
    expires_at: datetime | None = None
    refused_from: datetime | None = None
    required: Scope | None = None

    def may(self, scope: Scope) -> bool:
        """Whether the viewer has the scope. CONFIGURE implies READ."""
        return scope in self.scopes or (scope is Scope.READ and Scope.CONFIGURE in self.scopes)


def system_viewer(organization: Organization, kind: ActorKind = ActorKind.SYSTEM) -> Viewer:
    """The actor of events without a caller: an expiry, a damaged secret, a webhook of Stripe."""
    name = kind.lower()
    return Viewer(name, organization, name, frozenset(), kind)


def on_behalf_of(viewer: Viewer | None, organization: Organization) -> Viewer:
    """The actor of what a viewer has caused: its right was looked at before. The system, if there is none."""
    actor = system_viewer(organization)
    return replace(actor, name=viewer.name, kind=viewer.kind, subject=viewer.subject) if viewer else actor


def utc_now() -> datetime:
    """The default clock of a context."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Context:
    """The services, as one caller uses them. `caller` is None if the request is not authenticated."""

    services: Services
    caller: Viewer | None = None
    now: Callable[[], datetime] = utc_now
    transactions: Transactions = field(default_factory=Transactions)
    expiry_read_at: datetime | None = None  # the first read of rows that time alone changes

    def viewer(self) -> Viewer:
        """The caller; raises Unauthenticated."""
        if self.caller is None:
            raise Unauthenticated
        return self.caller

    def require(self, scope: Scope) -> Viewer:
        """The caller, if it has the scope; raises Unauthenticated or Forbidden."""
        viewer = self.viewer()
        if not viewer.may(scope):
            raise Forbidden(scope)
        return replace(viewer, required=scope)


@asynccontextmanager
async def holding_transactions(context: Context) -> AsyncIterator[Transactions]:
    """Holds the context's transactions open, and rolls an uncommitted one back at the end."""
    context.transactions = Transactions(hold=True)
    try:
        yield context.transactions
    finally:
        await context.transactions.roll_back()
