"""The GraphQL endpoint for WebSockets: Strawberry's view, with authentication, limits and strict JSON."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET, UnsetType

from resolvers.refusals import Unauthenticated
from schema import schema
from web.middleware.request_limits import Limits
from web.middleware.trusted_hosts import Access
from web.request_context import RequestContext, RequestContexts
from web.websocket.handler import TextAdapter, TransportHandler


class SocketEndpoint(GraphQL[RequestContext, None]):
    """Serves WebSockets only; GraphQLEndpoint serves HTTP."""

    graphql_transport_ws_handler_class = TransportHandler
    websocket_adapter_class = TextAdapter

    def __init__(self, contexts: RequestContexts, access: Access, limits: Limits) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            allowed_origins=list(access.allowed_origins),
            connection_init_wait_timeout=timedelta(seconds=limits.client_timeout_seconds),
            max_subscriptions_per_connection=limits.max_operations_per_socket,
        )
        self._contexts = contexts

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> RequestContext:  # noqa: ARG002 - Strawberry's signature
        """The context of a socket; `on_ws_connect` authenticates its caller."""
        return self._contexts.create(request)

    async def on_ws_connect(self, context: RequestContext) -> UnsetType:
        """Authenticates by connection_init's payload, or else by the upgrade request's header."""
        context.authorization = _authorization_in(context.connection_params or {}, context.authorization)
        try:
            context.caller = await self._contexts.authenticate(context.authorization, context.host)
            context.leave = self._contexts.connections.enter(context.viewer().id)
        except Unauthenticated:
            raise ConnectionRejectionError from None
        return cast("UnsetType", UNSET)

    def decode_json(self, data: str | bytes) -> object:
        """Parses a message as strictly as `web.graphql.requests` parses a body."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


def _authorization_in(params: Mapping[str, Any], otherwise: str | None) -> Any:  # noqa: ANN401 - JSON
    """The payload's Authorization in any case, as headers have it, or that of its `headers`, as GraphiQL sends it."""
    headers = params.get("headers")
    for given in (params, headers if isinstance(headers, dict) else {}):
        for name, value in given.items():
            if name.lower() == "authorization":
                return value
    return otherwise
