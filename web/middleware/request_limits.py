"""Limits on the size of requests: headers, URL and body."""

from typing import Protocol

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from schema import DocumentLimits
from web.errors import error_response


class Limits(DocumentLimits, Protocol):
    """The settings for limits of requests, sockets and viewers, and of the response cache."""

    @property
    def max_body_bytes(self) -> int: ...
    @property
    def max_header_bytes(self) -> int: ...
    @property
    def client_timeout_seconds(self) -> float: ...
    @property
    def max_operations_per_socket(self) -> int: ...
    @property
    def max_sockets_per_viewer(self) -> int: ...
    @property
    def kept_answer_bytes(self) -> int: ...
    @property
    def failed_authentications_per_minute(self) -> int: ...


class TooLongError(HTTPException):
    """The body is longer than `most` bytes."""

    code = "BODY_TOO_LONG"

    def __init__(self, most: int) -> None:
        super().__init__(413, f"The body is longer than {most} bytes.")


class RequestLimits:
    """ASGI middleware that refuses requests that are too long. Compressed ones too: they decompress to any size."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (refusal := self._refusal(scope)) is None:
            await self._app(scope, self._counted(receive) if scope["type"] == "http" else receive, send)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(refusal)
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        """The response to a request whose headers are too long or announce an unacceptable body."""
        limits, headers = self._limits, Headers(scope=scope)
        lines = sum(len(name) + len(value) + 4 for name, value in scope["headers"])  # ": " and CRLF
        if lines + len(scope.get("raw_path") or b"") + len(scope["query_string"]) > limits.max_header_bytes:
            message = f"The headers and the URL are longer than {limits.max_header_bytes} bytes."
            return error_response(431, message, "HEADERS_TOO_LONG")
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            message = "Content-Encoding is not supported. Send the body uncompressed."
            return error_response(415, message, "INVALID_REQUEST")
        length = headers.get("content-length", "0")
        if len(length) > 18 or int(length) > limits.max_body_bytes:  # only digits: the HTTP parser has checked
            refusal = TooLongError(limits.max_body_bytes)
            return error_response(refusal.status_code, refusal.detail, refusal.code)
        return None

    def _counted(self, receive: Receive) -> Receive:
        """Raises TooLongError once the body exceeds the limit: a chunked body announces no length."""
        received = 0

        async def count() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self._limits.max_body_bytes:
                    raise TooLongError(self._limits.max_body_bytes)
            return message

        return count
