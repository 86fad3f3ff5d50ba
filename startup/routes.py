"""Routes that depend on the settings: pages, metrics and the sandbox."""

from collections.abc import Iterator
from pathlib import Path

from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import create_sandbox, registered_applications, registered_apps
from settings import Settings
from telemetry.metrics import metrics_route
from telemetry.telemetry import Telemetry
from web.pages import page_routes

_FOLDER = Path(__file__).parents[1]


def routes_of(settings: Settings, telemetry: Telemetry) -> Iterator[BaseRoute]:
    """The routes besides the API's own."""
    if settings.pages.console:
        yield Route("/", lambda _: RedirectResponse("console/"))
        values = {
            "support": settings.pages.support_url,
            "graphiql": "../graphiql/" if settings.pages.graphiql else "",
            "key-policy": settings.stripe.key_policy,
        }
        yield from page_routes("console", _FOLDER / "console", values=values)
    if settings.pages.graphiql:
        yield from page_routes("graphiql", _FOLDER / "graphiql", writes_styles=True)
    if not settings.production or settings.operating.metrics_token:  # production requires the token
        yield metrics_route(telemetry.metrics, settings.operating.metrics_token)
    if not settings.production:
        yield from _sandbox_routes(settings)


def _sandbox_routes(settings: Settings) -> Iterator[BaseRoute]:
    # A slow answer of the sandbox arrives after the gateway has given up.
    addresses = settings.serving.public_address, settings.serving.address
    platforms, apps = registered_applications(*addresses), registered_apps(*addresses)
    yield Mount("/sandbox", create_sandbox(settings.stripe.stripe_timeout_seconds + 1, platforms, apps))
    yield Route("/sandbox", lambda _: RedirectResponse("/sandbox/"))


def with_sandbox_port(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application, which answers requests to the sandbox's port as those to its path."""
    port = settings.serving.sandbox_port

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["server"][1] == port:
            scope["path"], scope["raw_path"] = f"/sandbox{scope['path']}", b"/sandbox" + scope["raw_path"]
        await app(scope, receive, send)

    return app if port is None else serve
