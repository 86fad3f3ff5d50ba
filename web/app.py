"""The routes."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Lifespan
from tortoise.exceptions import DBConnectionError

from resolvers.services import Services
from schema.execution.error_masking import UNAVAILABLE, UNAVAILABLE_CODE
from web import health
from web.auth.reception import Reception
from web.graphql.endpoint import GraphQLEndpoint
from web.graphql.negotiation import wanted_by
from web.graphql.requests import error_response, refused
from web.graphql.response_cache import ResponseCache
from web.middleware.request_limits import Limits, RequestLimits
from web.middleware.security_headers import SecurityHeaders
from web.middleware.trusted_hosts import Access
from web.stripe import stripe_routes
from web.websocket.endpoint import SocketEndpoint


def create_app(
    services: Services,
    access: Access,
    limits: Limits,
    more: Sequence[BaseRoute],
    lifespan: Lifespan[Starlette],
    instrumentation: Middleware,
) -> Starlette:
    """The application. `more`: routes that depend on the settings; `instrumentation`: telemetry's middleware."""
    reception = Reception(services, limits.documents, access.failures_per_minute)
    app = Starlette(
        routes=[
            Route("/graphql", GraphQLEndpoint(reception, ResponseCache(limits.kept_answer_bytes))),
            WebSocketRoute("/graphql", SocketEndpoint(reception, access, limits)),
            Route("/healthz", health.live),
            Route("/readyz", health.ready),
            *stripe_routes(services),
            *more,
        ],
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            instrumentation,
            *access.middleware(),
            Middleware(RequestLimits, limits),
        ],
        exception_handlers={HTTPException: _refused, DBConnectionError: _unavailable, ClientDisconnect: _left},
    )
    app.router.redirect_slashes = False  # it would redirect to whatever the Host header says
    return app


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return refused(error)


async def _unavailable(request: Request, _: Exception) -> Response:
    return error_response(503, UNAVAILABLE, UNAVAILABLE_CODE, wanted_by(request))


async def _left(_: Request, __: Exception) -> Response:
    """What nobody reads any more: leaving in the middle of a body is no fault that a log should tell of."""
    return Response(status_code=400)
