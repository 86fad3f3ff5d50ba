"""ASGI middleware that records each request and socket: the operation, its viewer, its outcome and its duration."""

import logging
import time
from dataclasses import dataclass, field

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.failures import log_failure
from kit.request_ids import CLIENT, HEADER, REQUEST_ID, client_address, request_id
from schema.execution.instrumentation import INSTRUMENTATION, Instrumentation, OperationRecord
from telemetry.telemetry import Telemetry
from web.errors import error_response
from web.graphql.idempotency import REPLAYED

_PATH = "/graphql"
_MAX_ERROR_BYTES = 64 * 1024

_logger = logging.getLogger(__name__)


class TelemetryMiddleware:
    """Assigns request ids, records requests to the GraphQL endpoint, and responds to unhandled exceptions with 500."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        id_ = request_id(Headers(scope=scope).get(HEADER))
        REQUEST_ID.set(id_)
        host, _ = scope.get("client") or (None, None)
        CLIENT.set(client_address(host))
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send, id_)

    async def _request(self, scope: Scope, receive: Receive, send: Send, id_: str) -> None:
        recorder, response = _OperationRecorder(self._telemetry), _ResponseRecorder(send, id_)
        INSTRUMENTATION.set(recorder)
        try:
            await self._app(scope, receive, response.send)
        except Exception as failure:  # noqa: BLE001 - its text may quote a secret
            log_failure(_logger, "a request", failure)
            if response.status is None:
                failed = error_response(500, "Something went wrong on the server.", "INTERNAL_ERROR")
                await failed(scope, receive, response.send)
        finally:
            if scope["path"].startswith(_PATH):
                outcome, seconds = response.outcome(recorder.operation), time.monotonic() - response.began
                self._telemetry.record(response.transport, recorder.operation, outcome, seconds, response.status)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        INSTRUMENTATION.set(_OperationRecorder(self._telemetry, on_socket=True))
        sockets = self._telemetry.metrics.sockets
        sockets.inc()
        try:
            await self._app(scope, receive, send)
        except Exception as failure:  # noqa: BLE001 - as above; the server then closes the socket
            log_failure(_logger, "a socket", failure)
        finally:
            sockets.dec()


@dataclass(slots=True)
class _OperationRecorder(Instrumentation):
    """Records operations. On a socket each one is recorded when it ends; over HTTP, together with its request."""

    telemetry: Telemetry
    on_socket: bool = False
    operation: OperationRecord | None = None

    def began(self, operation: OperationRecord) -> None:
        self.telemetry.tracing.began(operation)
        if operation.kind == "subscription":
            self.telemetry.metrics.subscriptions.inc()

    def delivered(self, seconds: float) -> None:
        self.telemetry.metrics.push.observe(seconds)

    def ended(self, operation: OperationRecord) -> None:
        self.operation = operation
        self.telemetry.tracing.ended(operation)
        if operation.kind == "subscription" and operation.fields:
            self.telemetry.metrics.subscriptions.dec()
        if self.on_socket:
            self.telemetry.record("websocket", operation, operation.outcome, time.monotonic() - operation.started)

    def unauthenticated(self) -> None:
        self.telemetry.metrics.unauthenticated.inc()


@dataclass(slots=True)
class _ResponseRecorder:
    """Passes a response on to the server, and records its status, transport and error code."""

    _send: Send
    _id: str
    began: float = field(default_factory=time.monotonic)
    status: int | None = None
    transport: str = "http"
    _replayed: bool = False
    _code: str | None = None

    async def send(self, message: Message) -> None:
        """Passes on one message; adds the request's id to the headers."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers[HEADER] = self._id
            self.status, self._replayed = message["status"], REPLAYED in headers
            self.transport = "sse" if headers.get("content-type", "").startswith("text/event-stream") else "http"
        elif self.status and self.status >= 400 and self._code is None:
            self._code = _code_in(message.get("body", b"")) or str(self.status)
        await self._send(message)

    def outcome(self, operation: OperationRecord | None) -> str:
        """The first error's code, else "left" if the client disconnected, "replayed", or the operation's outcome."""
        if self.status is None:
            return "left"
        if self._code or self._replayed:
            return self._code or "replayed"
        return operation.outcome if operation else "ok"


def _code_in(body: bytes) -> str | None:
    """The code of the first error in a response; codes are Drawbridge's own, never a client's text."""
    try:
        return str(orjson.loads(body[:_MAX_ERROR_BYTES])["errors"][0]["extensions"]["code"])
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return None
