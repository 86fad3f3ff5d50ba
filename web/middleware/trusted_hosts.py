"""Allowed hosts and origins: Starlette's TrustedHostMiddleware, with 421, IPv6 and WebSockets; and CORS."""

import re
from collections.abc import Sequence
from typing import Protocol

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from web.errors import error_response

# Probes may use any Host; these paths reveal nothing without a token.
_OPEN_PATHS = {"/healthz", "/readyz", "/metrics"}
# RFC 9110, section 7.2: a name or an address, with an optional port.
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d*)?")
_REQUEST_HEADERS = {
    "authorization",
    "content-type",
    "idempotency-key",
    "if-none-match",
    "last-event-id",
    "x-request-id",
}
# Clients and tracing libraries send these unasked. Without them in the list, a browser sends no request at all.
_CLIENTS_HEADERS = {
    # https://www.w3.org/TR/trace-context/, https://www.w3.org/TR/baggage/
    "traceparent",
    "tracestate",
    "baggage",
    # https://develop.sentry.dev/sdk/telemetry/traces/#header-sentry-trace
    "sentry-trace",
    # https://www.apollographql.com/docs/apollo-server/security/cors, and its clients' names and operations
    "apollo-require-preflight",
    "apollographql-client-name",
    "apollographql-client-version",
    "x-apollo-operation-id",
    "x-apollo-operation-name",
    "x-apollo-operation-type",
}
_RESPONSE_HEADERS = ("ETag", "Idempotency-Replayed", "Retry-After", "X-Request-ID")


class Access(Protocol):
    """The server's host names, in lower case; the other origins whose pages may use it, and their further headers."""

    @property
    def hosts(self) -> frozenset[str]: ...
    @property
    def allowed_origins(self) -> frozenset[str]: ...
    @property
    def allowed_headers(self) -> frozenset[str]: ...


def access_middleware(access: Access) -> Sequence[Middleware]:
    """The middleware that enforces access, outermost first."""
    hosts = Middleware(TrustedHosts, access.hosts)
    if not access.allowed_origins:
        return (hosts,)
    cors = Middleware(
        CORSMiddleware,
        allow_origins=access.allowed_origins,
        allow_methods=("GET", "POST"),
        allow_headers=_REQUEST_HEADERS | _CLIENTS_HEADERS | access.allowed_headers,
        expose_headers=_RESPONSE_HEADERS,
    )
    return (hosts, cors)


class TrustedHosts:
    """ASGI middleware that responds with 421 to requests for an unknown host; `hosts` are in lower case.

    Prevents DNS rebinding: a hostile name that resolves to this server would count as same-origin.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in _OPEN_PATHS or self._is_trusted(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        response = error_response(
            421, "Unknown host. The operator can add it to DRAWBRIDGE_ALLOWED_HOSTS.", "INVALID_REQUEST"
        )
        if scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(response)
        else:
            await response(scope, receive, send)

    def _is_trusted(self, headers: Headers) -> bool:
        host = _HOST.fullmatch(headers.get("host", "").lower())
        return host is not None and host[1].strip("[]") in self._hosts
