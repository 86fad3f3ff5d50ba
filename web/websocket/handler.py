"""graphql-transport-ws, corrected where Strawberry departs from the protocol.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from copy import copy
from typing import Any, cast

import orjson
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http import GraphQLRequestData
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    PingMessage,
    SubscribeMessage,
    SubscribeMessagePayload,
)
from strawberry.types.graphql import OperationType

from adapters.database import DatabaseUnavailableError
from kit.detached_tasks import keep
from kit.failures import log_failure
from resolvers.refusals import IdentityUnavailable, RateLimited, Refusal, Unauthenticated
from schema import schema
from schema.execution.client_errors import ClientError
from schema.execution.error_masking import INTERNAL, INTERNAL_CODE, UNAVAILABLE, UNAVAILABLE_CODE
from schema.execution.limits import limit_error
from web.closing import TRY_AGAIN_LATER
from web.connection_limit import TooManyConnectionsError
from web.graphql.idempotency import EXTENSION
from web.graphql.requests import operation_of
from web.request_context import RequestContext
from web.websocket.idempotent_operations import mutation_of, run_once

_TYPES = ("connection_init", "ping", "pong", "subscribe", "complete")
_MAX_REASON_BYTES = 123
_INTERNAL_ERROR = 4500  # graphql-ws's code for a failure of the server

_logger = logging.getLogger(__name__)


class TextAdapter(ASGIWebSocketAdapter):
    """Sends text frames; closes the socket after a malformed message instead of raising."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            if not _well_formed(message):
                await self.close(4400, "Malformed message.")
                return
            yield message

    async def close(self, code: int, reason: str) -> None:
        """Closes the socket. A close frame holds up to 123 bytes of reason (RFC 6455, section 5.5)."""
        await super().close(code, reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore"))

    async def send_json(self, message: Mapping[str, object]) -> None:
        try:
            await self.ws.send_text(self.view.encode_json_string(message))
        except (WebSocketDisconnect, RuntimeError) as error:  # RuntimeError: this side has closed the socket
            raise WebSocketDisconnected from error


class TransportHandler(BaseGraphQLTransportWSHandler[RequestContext, None]):
    """Gives each operation its own context. A document with a syntax error ends its operation, not the socket.

    Closes the socket with 4403 soon after its token or one of its scopes is lost; clients then authenticate again.
    """

    _stop_watching: Callable[[], None] | None = None
    _closing: asyncio.Task[None] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._requested = dict[str, GraphQLRequestData]()  # of operations that have not begun
        self._detached = set[asyncio.Task[Any]]()  # mutations whose clients no longer wait

    async def handle_task_exception(self, error: Exception) -> None:
        """Logs the stack frames of a failure. Strawberry would log the document, which may hold secrets."""
        if not isinstance(error, WebSocketDisconnected):  # a disconnected client is not a failure
            log_failure(_logger, "an operation", error)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Authenticates the socket. Closes it with TRY_AGAIN_LATER if that is impossible for now, 4500 if it fails."""
        if message.get("payload") is None:
            message = {"type": "connection_init"}
        try:
            await super().handle_connection_init(message)
        except DatabaseUnavailableError:
            await self.websocket.close(TRY_AGAIN_LATER, UNAVAILABLE)
        except IdentityUnavailable as refusal:
            await self.websocket.close(TRY_AGAIN_LATER, str(refusal))
        except TooManyConnectionsError as error:
            await self.websocket.close(TRY_AGAIN_LATER, str(error))
        except RateLimited as refusal:  # clients do not reconnect after this code
            await self.websocket.close(4429, str(refusal))
        except WebSocketDisconnected:
            raise
        except Exception as error:  # noqa: BLE001 - the server's failure must not look like the network's
            await self.handle_task_exception(error)
            await self.websocket.close(_INTERNAL_ERROR, INTERNAL)
        self.connection_init_timeout_task = None
        if self.connection_acknowledged and not self._stop_watching:
            self._stop_watching = self.context.when_lost(self._lost)

    def _lost(self, refusal: Refusal) -> None:
        self._closing = asyncio.create_task(self._forbid(refusal))

    async def _forbid(self, refusal: Refusal) -> None:
        await self.websocket.close(4403, str(refusal))

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Starts an operation, or sends an error with a code; Strawberry's error has no code."""
        is_new = self.connection_acknowledged and message["id"] not in self.operations
        try:
            data = operation_of(message["payload"])
            if is_new:
                self._require_room()
        except ClientError as error:
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
        else:
            self._requested[message["id"]] = data
            payload = {"query": data.query, "variables": data.variables, "operationName": data.operation_name}
            await super().handle_subscribe({**message, "payload": cast("SubscribeMessagePayload", payload)})

    def _require_room(self) -> None:
        most = self.max_subscriptions_per_connection
        if most is not None and len(self.operations) + len(self._detached) >= most:
            raise limit_error("TOO_MANY_OPERATIONS", f"Too many operations: the limit is {most} per WebSocket.")

    async def handle_ping(self, message: PingMessage) -> None:
        """Responds with the ping's payload."""
        payload = message.get("payload")
        await self.send_message({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})

    async def run_operation(self, operation: Operation[RequestContext, None]) -> None:
        """Runs an operation with the caller's present scopes, which may have changed since the socket was opened."""
        data = self._requested.pop(operation.id, None)
        own = copy(self)  # in Strawberry, all operations share their handler's context
        try:
            own.context = await self.context.for_operation()
        except Unauthenticated as refusal:
            await self._forbid(refusal)
        except DatabaseUnavailableError:
            await _refuse(operation, UNAVAILABLE, UNAVAILABLE_CODE)
        except IdentityUnavailable as refusal:
            await _refuse(operation, str(refusal), UNAVAILABLE_CODE)
        except Exception as error:  # noqa: BLE001 - likewise
            await self.handle_task_exception(error)
            await _refuse(operation, INTERNAL, INTERNAL_CODE)
        else:
            checked = mutation_of(operation, own.context) if data and EXTENSION in (data.extensions or {}) else None
            if data and checked:
                await run_once(operation, data, own.context, checked)
            else:
                await super(TransportHandler, own).run_operation(operation)

    async def cleanup_operation(self, operation_id: str) -> None:
        """Ends an operation whose client no longer waits; a mutation runs to its end."""
        if not self._let_finish(operation_id):
            self._requested.pop(operation_id, None)
            await super().cleanup_operation(operation_id)

    async def shutdown(self) -> None:
        """Ends all operations of a closed socket, except mutations, which run to their end."""
        self.context.leave()
        if self._stop_watching:
            self._stop_watching()
        if self._closing:
            self._closing.cancel()
        for operation_id in list(self.operations):
            self._let_finish(operation_id)
        await super().shutdown()

    def _let_finish(self, operation_id: str) -> bool:
        """Lets a mutation run to its end without sending its result; False for other operations."""
        operation = self.operations.get(operation_id)
        if not operation or not operation.task:
            return False
        checked = schema.check(operation.query, self.context.limits)
        if checked.operation_type(operation.operation_name) is not OperationType.MUTATION:
            return False
        operation.completed = True
        keep(operation.task)
        self._detached.add(operation.task)
        operation.task.add_done_callback(self._detached.discard)
        self.forget_id(operation_id)
        return True

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> None:  # noqa: ARG004 - Strawberry's signature
        return None


async def _refuse(operation: Operation[RequestContext, None], message: str, code: str) -> None:
    await operation.send_initial_errors([GraphQLError(message, extensions={"code": code})])


def _well_formed(message: object) -> bool:
    """Whether the protocol allows a client to send the message, and Strawberry's handler can read it."""
    if not isinstance(message, dict) or message.get("type") not in _TYPES:
        return False
    payload = message.get("payload")
    if message["type"] not in {"subscribe", "complete"}:
        return isinstance(payload, dict | None) and _is_serializable(payload)
    if not isinstance(message.get("id"), str) or not message["id"]:
        return False
    return message["type"] == "complete" or _is_request(payload)


def _is_serializable(payload: object) -> bool:
    """Whether the payload can be sent back: orjson parses deeper nesting than it serializes."""
    try:
        orjson.dumps(payload)
    except TypeError:
        return False
    return True


def _is_request(payload: object) -> bool:
    try:
        operation_of(payload if isinstance(payload, dict) else {})
    except HTTPException:
        return False
    except ClientError:  # which is sent to the client
        return True
    return True
