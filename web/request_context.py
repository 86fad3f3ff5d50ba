"""The context of one operation over HTTP, and of each operation of a socket."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from resolvers.context import Viewer
from resolvers.refusals import Refusal
from schema import GraphQLContext
from web.auth.revalidation import Revalidation


@dataclass
class RequestContext(GraphQLContext):
    """Who is asking, found out by `authenticate`. A socket has one, from which each of its operations gets its own."""

    authenticate: Callable[[str | None], Awaitable[Viewer | None]] = field(kw_only=True)
    watch: Revalidation = field(kw_only=True)
    host: str | None = None
    authorization: str | None = None
    connection_params: Mapping[str, Any] | None = None
    leave: Callable[[], None] = lambda: None  # what is to be done when a socket ends

    async def for_operation(self) -> "RequestContext":
        """The context of an operation that begins now, for whoever is asking now; raises Unauthenticated."""
        return RequestContext(
            self.services,
            await self.authenticate(self.authorization),
            limits=self.limits,
            authenticate=self.authenticate,
            watch=self.watch,
            host=self.host,
            authorization=self.authorization,
        )

    def when_lost(self, tell: Callable[[Refusal], None]) -> Callable[[], None]:
        """Calls `tell` once the caller has lost the token, or one of the scopes, until what it returns is called."""
        return self.watch.when_lost(self.authorization or "", self.viewer().scopes, tell)

    async def lost(self) -> Refusal:
        """Waits until the caller has lost the token, or one of the scopes; for ever, if nobody has signed in."""
        if self.caller is None or self.authorization is None:
            await asyncio.Event().wait()
        return await self.watch.lost(self.authorization or "", self.viewer().scopes)
