"""Watches each request and socket from the outside: who asked for what, what came of it, and how long it took."""

import logging
import time
from dataclasses import dataclass, field

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.request_ids import HEADER, REQUEST_ID, request_id
from schema.execution.error_masking import log_failure
from schema.execution.instrumentation import INSTRUMENTATION, OperationRecord
from telemetry.telemetry import Telemetry
from web.errors import error_response
from web.graphql.idempotency import REPLAYED

_PATH = "/graphql"
_MAX_ERROR_BYTES = 64 * 1024

_logger = logging.getLogger(__name__)


class TelemetryMiddleware:
    """Middleware that gives requests their ids, tells of those for GraphQL, and answers 500 where all else fails."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        """Takes the application, and whom to tell."""
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request or socket."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        id_ = request_id(Headers(scope=scope).get(HEADER))
        REQUEST_ID.set(id_)
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send, id_)

    async def _request(self, scope: Scope, receive: Receive, send: Send, id_: str) -> None:
        watcher, answer = _Watcher(self._telemetry), _Answer(send, id_)
        INSTRUMENTATION.set(watcher)
        try:
            await self._app(scope, receive, answer.send)
        except Exception as failure:  # noqa: BLE001 - whatever it is, its text is for nobody
            log_failure(_logger, "a request", failure)
            if answer.status is None:
                failed = error_response(500, "Something went wrong on the server.", "INTERNAL_ERROR")
                await failed(scope, receive, answer.send)
        finally:
            if scope["path"].startswith(_PATH):
                outcome = answer.outcome(watcher.operation)
                self._telemetry.tell(
                    answer.transport, watcher.operation, outcome, time.monotonic() - answer.began, answer.status
                )

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        INSTRUMENTATION.set(_Watcher(self._telemetry, on_socket=True))
        sockets = self._telemetry.metrics.sockets
        sockets.inc()
        try:
            await self._app(scope, receive, send)
        except Exception as failure:  # noqa: BLE001 - as above; the server then closes the socket
            log_failure(_logger, "a socket", failure)
        finally:
            sockets.dec()


@dataclass(slots=True)
class _Watcher:
    """Passes on what happens. On a socket each operation is told of by itself; that of a request, by the request."""

    telemetry: Telemetry
    on_socket: bool = False
    operation: OperationRecord | None = None

    def began(self, operation: OperationRecord) -> None:
        self.telemetry.tracing.began(operation)
        if operation.kind == "subscription":
            self.telemetry.metrics.subscriptions.inc()

    def pushed(self, seconds: float) -> None:
        self.telemetry.metrics.push.observe(seconds)

    def ended(self, operation: OperationRecord) -> None:
        self.operation = operation
        self.telemetry.tracing.ended(operation)
        if operation.kind == "subscription" and operation.fields:
            self.telemetry.metrics.subscriptions.dec()
        if self.on_socket:
            self.telemetry.tell("websocket", operation, operation.outcome, time.monotonic() - operation.started)

    def unauthenticated(self) -> None:
        self.telemetry.metrics.unauthenticated.inc()


@dataclass(slots=True)
class _Answer:
    """What is sent to the client, as far as it is told of."""

    _send: Send
    _id: str
    began: float = field(default_factory=time.monotonic)
    status: int | None = None
    transport: str = "http"
    _replayed: bool = False
    _code: str | None = None

    async def send(self, message: Message) -> None:
        """Sends on, with the request's id."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers[HEADER] = self._id
            self.status, self._replayed = message["status"], REPLAYED in headers
            self.transport = "sse" if headers.get("content-type", "").startswith("text/event-stream") else "http"
        elif self.status and self.status >= 400 and self._code is None:
            self._code = _code_in(message.get("body", b"")) or str(self.status)
        await self._send(message)

    def outcome(self, operation: OperationRecord | None) -> str:
        """What came of the request."""
        if self.status is None:
            return "left"
        if self._code or self._replayed:
            return self._code or "replayed"
        return operation.outcome if operation else "ok"


def _code_in(body: bytes) -> str | None:
    """The code of the first error in an answer, which is this program's own."""
    try:
        return str(orjson.loads(body[:_MAX_ERROR_BYTES])["errors"][0]["extensions"]["code"])
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return None
