"""The GraphQL endpoint: queries and mutations over HTTP, everything over graphql-transport-ws."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLRequestData
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.unset import UNSET, UnsetType

from resolvers.context import Services, utc_now
from resolvers.refusals import IdentityUnavailable, RateLimited, Unauthenticated
from schema import GraphQLContext, schema
from web.access import Access
from web.answers import error_response, parse_request
from web.authentication import Doorkeeper, address_of, turned_away
from web.idempotency import CONFLICTS, conflict, execute_once, idempotency_of
from web.sockets import TextAdapter, TransportHandler
from web.unfinished import to_the_end


@dataclass(slots=True)
class Connection(GraphQLContext):
    """The context of a request or of a socket; a socket learns who is asking from its first message."""

    address: str = ""
    authorization: str | None = None
    connection_params: Mapping[str, Any] | None = None


class GraphQLEndpoint(GraphQL[Connection, None]):
    """Strawberry's view, which answers everything in GraphQL's form and takes nothing on trust."""

    graphql_transport_ws_handler_class = TransportHandler
    websocket_adapter_class = TextAdapter

    def __init__(self, services: Services, access: Access) -> None:
        """Takes what lives as long as the process."""
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            allowed_origins=list(access.origins),
        )
        self._services = services
        self._door = Doorkeeper(services, access.failures_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request or socket."""
        if scope["type"] == "websocket":
            await self.run(WebSocket(scope, receive=receive, send=send))
            return
        await (await self._respond(Request(scope, receive=receive)))(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            return await self.run(request)
        except (Unauthenticated, RateLimited, IdentityUnavailable) as refusal:
            return turned_away(refusal)
        except tuple(CONFLICTS) as refusal:
            return conflict(refusal)
        except HTTPException as error:
            response = error_response(error.status_code, error.reason, "INVALID_REQUEST")
            if error.status_code == 405:
                response.headers["Allow"] = "GET, POST"
            return response

    async def execute_operation(  # type: ignore[override]
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData,
        context: Connection,
        root_value: None,
        sub_response: Response,
    ) -> ExecutionResult:
        """Runs a query; or a mutation, to its end even if the client leaves, and once if the client says so."""

        async def execute() -> ExecutionResult:
            return await self.execute_single(request, request_adapter, sub_response, context, root_value, request_data)

        if request.method == "GET":
            return await execute()
        idempotency = idempotency_of(request, request_data, context.caller)
        if idempotency is None:
            return await to_the_end(execute())
        return await to_the_end(execute_once(context, idempotency, execute, sub_response))

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Connection:  # noqa: ARG002 - Strawberry's signature
        """Finds out who sends a request; a socket's viewer is found by `on_ws_connect`."""
        authorization, address = request.headers.get("authorization"), address_of(request)
        connection = Connection(self._services, address=address, authorization=authorization)
        if isinstance(request, Request):
            connection.caller = await self._door.admit(authorization, address, utc_now())
        return connection

    async def on_ws_connect(self, context: Connection) -> UnsetType:
        """Finds out who is at a socket, by connection_init's payload or by the upgrade request."""
        params = context.connection_params or {}
        try:
            authorization = params.get("Authorization", context.authorization)
            context.caller = await self._door.admit(authorization, context.address, utc_now())
            context.viewer()
        except Unauthenticated:
            raise ConnectionRejectionError from None
        return cast("UnsetType", UNSET)

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """The operation that a request asks for."""
        return await parse_request(request)

    def should_render_graphql_ide(self, request: object) -> bool:  # noqa: ARG002 - Strawberry's signature
        """No: GET without a query is an error like any other."""
        return False

    def decode_json(self, data: str | bytes) -> object:
        """Reads a message of a socket: strictly, as `web.answers` reads a body."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> bytes:
        """Compact JSON."""
        return orjson.dumps(data)
