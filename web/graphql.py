"""The GraphQL endpoint: queries and mutations over HTTP, everything over event streams and WebSockets."""

from datetime import timedelta
from functools import partial
from typing import Any, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UNSET, UnsetType

from resolvers.context import Services, Viewer, utc_now
from resolvers.refusals import IdentityUnavailable, RateLimited, Unauthenticated
from schema import schema
from schema.documents import is_subscription
from web.access import Access
from web.answers import answer_response, error_response, parse_request
from web.authentication import Doorkeeper, address_of, turned_away, viewer_of
from web.connection import Connection
from web.event_stream import EventStream, Results
from web.idempotency import CONFLICTS, conflict, execute_once, idempotency_of
from web.limits import Limits, Sockets
from web.negotiation import EVENTS, GRAPHQL, wanted_by
from web.results import answer_of
from web.sockets import TextAdapter, TransportHandler
from web.unfinished import to_the_end
from web.watch import Watch

_NO_STREAM = f"A subscription needs a WebSocket, or 'Accept: {EVENTS}'."


class GraphQLEndpoint(GraphQL[Connection, None]):
    """Strawberry's view, which answers everything in GraphQL's form and takes nothing on trust."""

    graphql_transport_ws_handler_class = TransportHandler
    websocket_adapter_class = TextAdapter

    def __init__(self, services: Services, access: Access, limits: Limits) -> None:
        """Takes what lives as long as the process."""
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            allowed_origins=list(access.origins),
            connection_init_wait_timeout=timedelta(seconds=limits.client_seconds),
            max_subscriptions_per_connection=limits.operations_per_socket,
        )
        self._services = services
        self._limits = limits.documents
        self._sockets = Sockets(limits.sockets_per_viewer)
        self._door = Doorkeeper(services, access.failures_per_minute)
        self._watch = Watch(self._authenticate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request or socket."""
        if scope["type"] == "websocket":
            await self.run(WebSocket(scope, receive=receive, send=send))
            return
        await (await self._respond(Request(scope, receive=receive)))(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        response = await self._answer(request, wanted_by(request))
        response.headers.setdefault("Vary", "Accept")
        return response

    async def _answer(self, request: Request, type_: str | None) -> Response:
        try:
            return await self.run(request)
        except (Unauthenticated, RateLimited, IdentityUnavailable) as refusal:
            return turned_away(refusal, type_)
        except tuple(CONFLICTS) as refusal:
            return conflict(refusal, type_)
        except HTTPException as error:
            response = error_response(error.status_code, error.reason, "INVALID_REQUEST", type_)
            if error.status_code == 405:
                response.headers["Allow"] = "POST" if request.method == "GET" else "GET, POST"
            return response

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """What is known of the response beforehand: its type, None if there is none that the client takes."""
        response = await super().get_sub_response(request)
        response.media_type = wanted_by(request)
        return response

    async def execute_operation(  # type: ignore[override]
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        request_data: GraphQLRequestData,
        context: Connection,
        root_value: None,  # noqa: ARG002 - Strawberry's signature
        sub_response: Response,
    ) -> ExecutionResult | Results:
        """Runs a query; or a mutation, to its end even if the client leaves, and once if the client says so.

        A subscription begins to run only when its results are asked for.
        """
        if sub_response.media_type is None:
            raise HTTPException(406, f"The answer can be {GRAPHQL}, application/json or {EVENTS}: accept one of them.")
        if sub_response.media_type == EVENTS and is_subscription(request_data.query or "", request_data.operation_name):
            context.cursor = request.headers.get("last-event-id") or None
            return Results(context, await self.schema.stream(**_arguments(request_data, context)))
        execute = partial(self._execute, request_data, context, OperationType.from_http(request_adapter.method))
        if request.method == "GET":
            return await execute()
        idempotency = idempotency_of(request, request_data, context.caller)
        if idempotency is None:
            return await to_the_end(execute())
        return await to_the_end(execute_once(context, idempotency, execute, sub_response))

    async def _execute(
        self, data: GraphQLRequestData, context: Connection, allowed: set[OperationType]
    ) -> ExecutionResult:
        try:
            return await self.schema.execute(**_arguments(data, context), allowed_operation_types=allowed)
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.MUTATION:
                raise HTTPException(405, "Send mutations by POST.") from None
            return PreExecutionError(None, [GraphQLError(_NO_STREAM, extensions={"code": "INVALID_REQUEST"})])

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:  # noqa: ARG002 - Strawberry's signature
        """The answer."""
        return answer_of(result)

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """The answer in the form that the client wants."""
        response = answer_response(cast("GraphQLHTTPResponse", response_data), sub_response.media_type or "")
        response.headers.update(sub_response.headers)
        return response

    async def _create_streaming_response(self, *, result: Results, **_: object) -> Response:  # type: ignore[override]
        return EventStream(result)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Connection:  # noqa: ARG002 - Strawberry's signature
        """Finds out who sends a request; a socket's viewer is found by `on_ws_connect`."""
        connection = Connection(
            self._services,
            limits=self._limits,
            authenticate=self._authenticate,
            watch=self._watch,
            address=address_of(request),
            authorization=request.headers.get("authorization"),
        )
        if isinstance(request, Request):
            await self._admit(connection)
        return connection

    async def on_ws_connect(self, context: Connection) -> UnsetType:
        """Finds out who is at a socket, by connection_init's payload or by the upgrade request."""
        params = context.connection_params or {}
        context.authorization = params.get("Authorization", context.authorization)
        try:
            await self._admit(context)
            context.leave = self._sockets.enter(context.viewer().id)
        except Unauthenticated:
            raise ConnectionRejectionError from None
        return cast("UnsetType", UNSET)

    async def _admit(self, connection: Connection) -> None:
        """Finds out who is asking for the first time, when failures count."""
        connection.caller = await self._door.admit(connection.authorization, connection.address, utc_now())

    async def _authenticate(self, authorization: str | None) -> Viewer | None:
        """Finds out who is asking, again."""
        return await viewer_of(self._services, authorization, utc_now())

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


def _arguments(data: GraphQLRequestData, context: Connection) -> dict[str, Any]:
    """What the schema is given."""
    return {
        "query": data.query,
        "variable_values": data.variables,
        "context_value": context,
        "operation_name": data.operation_name,
        "operation_extensions": data.extensions,
    }
