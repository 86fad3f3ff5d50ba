"""The context of an operation, over HTTP or on a WebSocket."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import HTTPConnection

from resolvers.context import Viewer
from resolvers.refusals import Refusal
from resolvers.services import Services
from schema import GraphQLContext
from web.auth.authenticator import Authenticator
from web.auth.revalidation import Revalidation
from web.connection_limit import ConnectionLimit
from web.middleware.request_limits import Limits


@dataclass
class RequestContext(GraphQLContext):
    """A WebSocket has one context, from which each of its operations gets its own by `for_operation`."""

    authenticator: Authenticator = field(kw_only=True)
    revalidation: Revalidation = field(kw_only=True)
    host: str | None = None
    authorization: str | None = None
    connection_params: Mapping[str, Any] | None = None
    leave: Callable[[], None] = lambda: None  # called when the WebSocket ends

    async def for_operation(self) -> "RequestContext":
        """The context of a new operation, with the caller as authenticated now; raises Unauthenticated."""
        return RequestContext(
            self.services,
            await self.authenticator.authenticate_again(self.authorization),
            limits=self.limits,
            authenticator=self.authenticator,
            revalidation=self.revalidation,
            host=self.host,
            authorization=self.authorization,
        )

    def when_lost(self, notify: Callable[[Refusal], None]) -> Callable[[], None]:
        """Calls `notify` once the caller's token or one of its scopes is lost; call the result to stop that."""
        return self.revalidation.when_lost(self.authorization or "", self.viewer(), notify)

    async def lost(self) -> Refusal:
        """Waits until the caller's token or one of its scopes is lost; for ever, if nobody has authenticated."""
        if self.caller is None or self.authorization is None:
            await asyncio.Event().wait()
        return await self.revalidation.lost(self.authorization or "", self.viewer())


class RequestContexts:
    """Authenticates callers and makes their contexts; lives as long as the process."""

    def __init__(self, services: Services, limits: Limits) -> None:
        self.limits = limits
        self.connections = ConnectionLimit(limits.max_sockets_per_viewer)
        self._services = services
        self._authenticator = Authenticator(services, limits.failed_authentications_per_minute)
        self._revalidation = Revalidation(self._authenticator, services.tails)

    async def authenticate(self, authorization: object, host: str | None) -> Viewer:
        """Raises Unauthenticated, RateLimited or IdentityUnavailable."""
        return await self._authenticator.authenticate(authorization, host)

    async def admit(self, connection: HTTPConnection) -> Viewer | None:
        """The viewer of a request; None without a token if it may introspect. Raises as `authenticate` does."""
        authorization, host = connection.headers.get("authorization"), host_of(connection)
        if authorization is None and self.limits.introspection == "everyone":
            self._authenticator.count(host)
            return None
        return await self.authenticate(authorization, host)

    def create(self, connection: HTTPConnection, caller: Viewer | None = None) -> RequestContext:
        """The context of a request, or of a WebSocket whose caller is not authenticated yet."""
        return RequestContext(
            self._services,
            caller,
            limits=self.limits,
            authenticator=self._authenticator,
            revalidation=self._revalidation,
            host=host_of(connection),
            authorization=connection.headers.get("authorization"),
        )


def host_of(connection: HTTPConnection) -> str | None:
    """The client's network address, if it is known."""
    return connection.client.host if connection.client else None
