"""The routes that only some settings have: pages for people, figures for operators, and the sandbox."""

from collections.abc import Iterator
from pathlib import Path

from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route

from sandbox import create_sandbox, registered_applications
from settings import Settings
from telemetry.metrics import metrics_route
from telemetry.telemetry import Telemetry
from web.pages import page_routes

_FOLDER = Path(__file__).parents[1]


def routes_of(settings: Settings, telemetry: Telemetry) -> Iterator[BaseRoute]:
    """Those beside the API's own."""
    if settings.console:
        yield Route("/", lambda _: RedirectResponse("console/"))
        yield from page_routes("console", _FOLDER / "console")
    if settings.serves_graphiql:
        yield from page_routes("graphiql", _FOLDER / "graphiql", writes_styles=True)
    if not settings.production or settings.metrics_token:  # production tells its figures only to who has the token
        yield metrics_route(telemetry.metrics, settings.metrics_token)
    if not settings.production:
        yield from _sandbox_routes(settings)


def _sandbox_routes(settings: Settings) -> Iterator[BaseRoute]:
    # What is slow answers after the gateway has given up.
    applications = registered_applications(settings.public_address, settings.address)
    yield Mount("/sandbox", create_sandbox(settings.stripe_timeout_seconds + 1, applications))
    yield Route("/sandbox", lambda _: RedirectResponse("/sandbox/"))
