"""What resolvers of fields find in `info.context`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import strawberry
from strawberry.dataloader import DataLoader

from models import ApiToken, Credential, Integration
from resolvers.context import Context
from schema.limits import DocumentLimits
from schema.loaders import load_credential, load_integration, load_integrations_of, load_token
from schema.watching import Operation


@dataclass(slots=True)
class GraphQLContext(Context):
    """The use cases' context, and loaders that gather the single look-ups of a list's rows into one query.

    The loaders batch but do not cache, so that each event of a subscription finds rows as they are then. `cursor` is
    where a subscription is in the log: at first where it is to begin, if not its argument but its transport says so.
    """

    cursor: str | None = None
    began: Callable[[str], Awaitable[None]] | None = None  # told the cursor that a subscription begins after
    operation: Operation | None = None  # as far as it is known
    limits: DocumentLimits = field(kw_only=True)
    integration: DataLoader[str, Integration | None] = field(init=False)
    credential: DataLoader[str, Credential | None] = field(init=False)
    token: DataLoader[str, ApiToken | None] = field(init=False)
    integrations_of: DataLoader[str, list[Integration]] = field(init=False)

    def __post_init__(self) -> None:
        """Makes the loaders."""
        self.integration = load_integration(self)
        self.credential = load_credential(self)
        self.token = load_token(self)
        self.integrations_of = load_integrations_of(self)


Info = strawberry.Info[GraphQLContext, None]
