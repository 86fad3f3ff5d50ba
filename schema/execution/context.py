"""What resolvers of fields find in `info.context`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property

import strawberry

from models import ApiToken, Credential, Integration
from resolvers.context import Context
from resolvers.kit.batch_loader import BatchLoader
from schema.execution.instrumentation import OperationRecord
from schema.execution.limits import DocumentLimits
from schema.execution.loaders import load_credential, load_integration, load_integrations_of, load_token


@dataclass
class GraphQLContext(Context):
    """The use cases' context, and loaders that gather the single look-ups of a list's rows into one query.

    The loaders batch but do not cache, so that each event of a subscription finds rows as they are then. `cursor` is
    where a subscription is in the log: at first where it is to begin, if not its argument but its transport says so.
    """

    cursor: str | None = None
    began: Callable[[str], Awaitable[None]] | None = None  # told the cursor that a subscription begins after
    operation: OperationRecord = field(default_factory=OperationRecord)
    limits: DocumentLimits = field(kw_only=True)

    @cached_property
    def integration(self) -> BatchLoader[str, Integration]:
        """Integrations by id."""
        return load_integration(self)

    @cached_property
    def credential(self) -> BatchLoader[str, Credential]:
        """Credentials by id."""
        return load_credential(self)

    @cached_property
    def token(self) -> BatchLoader[str, ApiToken]:
        """Tokens by id."""
        return load_token(self)

    @cached_property
    def integrations_of(self) -> BatchLoader[str, list[Integration]]:
        """The integrations of credentials, by the credentials' ids."""
        return load_integrations_of(self)


Info = strawberry.Info[GraphQLContext, None]
