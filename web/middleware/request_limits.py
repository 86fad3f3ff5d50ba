"""What a request may bring with it, whatever it asks for."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from schema import DocumentLimits
from web.graphql.requests import error_response


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for each request, socket and viewer, and for what is kept.

    `client_seconds` is how long a client may keep it waiting.
    """

    body_bytes: int
    header_bytes: int
    client_seconds: float
    operations_per_socket: int
    sockets_per_viewer: int
    kept_answer_bytes: int
    documents: DocumentLimits


class TooLongError(HTTPException):
    """A body that turns out longer than is allowed, as it is read."""

    code = "BODY_TOO_LONG"

    def __init__(self, most: int) -> None:
        """Takes how many bytes are allowed."""
        super().__init__(413, f"The body is longer than {most} bytes.")


class TooManySocketsError(Exception):
    """A viewer has as many sockets as one may have."""


class Sockets:
    """Counts the sockets that viewers have at this process."""

    def __init__(self, most: int) -> None:
        """Takes how many one viewer may have."""
        self._most = most
        self._open: Counter[str] = Counter()

    def enter(self, viewer: str) -> Callable[[], None]:
        """Counts one, until what it returns is called; raises TooManySocketsError."""
        if self._open[viewer] >= self._most:
            raise TooManySocketsError(f"Too many sockets: this viewer has {self._most}.")
        self._open[viewer] += 1

        def leave() -> None:
            self._open[viewer] -= 1
            if not self._open[viewer]:
                del self._open[viewer]

        return leave


class RequestLimits:
    """ASGI middleware that refuses what is too long, and what is packed: unpacked it may have any length."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        """Takes what is behind it."""
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request or socket."""
        if scope["type"] == "lifespan" or (refusal := self._refusal(scope)) is None:
            await self._app(scope, self._counted(receive) if scope["type"] == "http" else receive, send)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(refusal)
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to what its headers tell is too much."""
        limits, headers = self._limits, Headers(scope=scope)
        lines = sum(len(name) + len(value) + 4 for name, value in scope["headers"])  # ": " and a line's end
        if lines + len(scope.get("raw_path") or b"") + len(scope["query_string"]) > limits.header_bytes:
            message = f"The headers and the URL are longer than {limits.header_bytes} bytes."
            return error_response(431, message, "HEADERS_TOO_LONG")
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            return error_response(415, "Send the body as it is, without a Content-Encoding.", "INVALID_REQUEST")
        length = headers.get("content-length", "0")
        if len(length) > 18 or int(length) > limits.body_bytes:  # digits: httptools has seen to that
            refusal = TooLongError(limits.body_bytes)
            return error_response(refusal.status_code, refusal.detail, refusal.code)
        return None

    def _counted(self, receive: Receive) -> Receive:
        """Raises TooLongError with the part of a body that goes beyond, as one may that tells no length."""
        received = 0

        async def count() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self._limits.body_bytes:
                    raise TooLongError(self._limits.body_bytes)
            return message

        return count
