"""graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), where Strawberry strays."""

import logging
from collections.abc import AsyncGenerator, Mapping
from traceback import format_tb
from typing import Any

from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage
from tortoise.exceptions import DBConnectionError

from resolvers.refusals import IdentityUnavailable, RateLimited
from schema.documents import mutation_in
from schema.failures import UNAVAILABLE
from web.socket_protocol import TRY_AGAIN_LATER
from web.unfinished import let_finish

_TYPES = ("connection_init", "ping", "pong", "subscribe", "complete")
_MAX_REASON_BYTES = 123

_logger = logging.getLogger(__name__)


class TextAdapter(ASGIWebSocketAdapter):
    """Sends text frames; ends the socket at a message that is no object, instead of raising."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """The messages of the client."""
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            if not _well_formed(message):
                await self.close(4400, "A message has to be an object of the protocol.")
                return
            yield message

    async def close(self, code: int, reason: str) -> None:
        """Ends the socket. A close frame has room for 123 bytes of reason (RFC 6455, 5.5)."""
        await super().close(code, reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore"))

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Sends one message."""
        try:
            await self.ws.send_text(self.view.encode_json_string(message))
        except (WebSocketDisconnect, RuntimeError) as error:  # RuntimeError: the socket was closed from this side
            raise WebSocketDisconnected from error


class TransportHandler(BaseGraphQLTransportWSHandler[Any, None]):
    """A document that does not parse ends its operation, not the socket with all its operations."""

    async def handle_task_exception(self, error: Exception) -> None:
        """Logs where an operation failed; Strawberry would log its document too, and with it secrets."""
        _logger.error("%s in an operation\n%s", type(error).__name__, "".join(format_tb(error.__traceback__)))

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Finds out who is at the socket; where that cannot be found out now, the client is to come again."""
        try:
            await super().handle_connection_init(message)
        except DBConnectionError:
            await self.websocket.close(TRY_AGAIN_LATER, UNAVAILABLE)
        except IdentityUnavailable as refusal:
            await self.websocket.close(TRY_AGAIN_LATER, str(refusal))
        except RateLimited as refusal:  # with this code clients do not come again by themselves
            await self.websocket.close(4429, str(refusal))

    async def cleanup_operation(self, operation_id: str) -> None:
        """Ends an operation that nobody waits for any more; a mutation goes on to its end."""
        if not self._let_finish(operation_id):
            await super().cleanup_operation(operation_id)

    async def shutdown(self) -> None:
        """Ends all operations but mutations, as the socket has ended."""
        for operation_id in list(self.operations):
            self._let_finish(operation_id)
        await super().shutdown()

    def _let_finish(self, operation_id: str) -> bool:
        """Whether it is a mutation, which goes on then without telling anybody."""
        operation = self.operations.get(operation_id)
        if not operation or not operation.task or not mutation_in(operation.query, operation.operation_name):
            return False
        operation.completed = True
        let_finish(operation.task)
        self.forget_id(operation_id)
        return True

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> None:  # noqa: ARG004 - Strawberry's signature
        return None


def _well_formed(message: object) -> bool:
    """Whether Strawberry's handler can take the message apart."""
    if not isinstance(message, dict) or message.get("type") not in _TYPES:
        return False
    if message["type"] not in {"subscribe", "complete"}:
        return True
    return isinstance(message.get("id"), str) and (message["type"] == "complete" or _is_request(message.get("payload")))


def _is_request(payload: object) -> bool:
    return (
        isinstance(payload, dict)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )
