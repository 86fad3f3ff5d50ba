"""The Starlette application: routes, middleware and exception handlers."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Lifespan

from adapters.database import DatabaseUnavailableError
from resolvers.services import Services
from schema.execution.error_masking import UNAVAILABLE, UNAVAILABLE_CODE
from web import health
from web.errors import error_response, http_error_response
from web.graphql.endpoint import GraphQLEndpoint
from web.graphql.negotiation import wanted_by
from web.graphql.response_cache import ResponseCache
from web.graphql.schema_file import schema_route
from web.middleware.request_limits import Limits, RequestLimits
from web.middleware.security_headers import SecurityHeaders
from web.middleware.trusted_hosts import Access, access_middleware
from web.pages import is_for_people, nowhere
from web.request_context import RequestContexts
from web.stripe_callback import stripe_callback_route
from web.stripe_webhooks import stripe_webhook_route
from web.websocket.endpoint import SocketEndpoint


def create_app(
    services: Services,
    access: Access,
    limits: Limits,
    extra_routes: Sequence[BaseRoute],
    lifespan: Lifespan[Starlette],
    instrumentation: Middleware,
) -> Starlette:
    """The application. `extra_routes` depend on the settings; `instrumentation` is telemetry's middleware."""
    contexts = RequestContexts(services, limits)
    app = Starlette(
        routes=[
            Route("/graphql", GraphQLEndpoint(contexts, ResponseCache(limits.kept_answer_bytes))),
            WebSocketRoute("/graphql", SocketEndpoint(contexts, access, limits)),
            schema_route(contexts),
            Route("/healthz", health.live),
            Route("/readyz", health.ready),
            stripe_callback_route(services),
            stripe_webhook_route(services),
            *extra_routes,
        ],
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            instrumentation,
            *access_middleware(access),
            Middleware(RequestLimits, limits),
        ],
        exception_handlers={HTTPException: _refused, DatabaseUnavailableError: _unavailable, ClientDisconnect: _left},
    )
    app.router.redirect_slashes = False  # a redirect would repeat the client's Host header
    return app


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404 and is_for_people(request):
        return nowhere()
    return http_error_response(error)


async def _unavailable(request: Request, _: Exception) -> Response:
    return error_response(503, UNAVAILABLE, UNAVAILABLE_CODE, wanted_by(request))


async def _left(_: Request, __: Exception) -> Response:
    """Nobody reads this response. A client that disconnects while sending its body is not an error to log."""
    return Response(status_code=400)
