"""The sandbox's routes."""

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.api import API
from sandbox.apps.app import App
from sandbox.apps.dashboard import AppDashboardRoutes
from sandbox.apps.install_api import InstallRoutes
from sandbox.apps.installs import Installs
from sandbox.apps.oauth import AppOAuthRoutes
from sandbox.clock import Clock
from sandbox.connect import ConnectRoutes
from sandbox.errors import RefusedError, unrecognized, url_of
from sandbox.headers import StripeHeaders
from sandbox.home import HomeRoutes
from sandbox.keys import Keys
from sandbox.oauth import Application, Connections


def create_sandbox(slow_seconds: float, applications: Iterable[Application], apps: Iterable[App]) -> Starlette:
    """Creates the sandbox with these registered platforms and apps. Slow responses take `slow_seconds`."""
    keys, clock = Keys(), Clock()
    installs = Installs.of(apps, clock)
    connections = Connections({application.client_id: application for application in applications})
    return Starlette(
        routes=[
            *HomeRoutes(keys).routes(),
            *clock.routes(),
            *AppOAuthRoutes(installs, connections, keys, slow_seconds).routes(),
            *AppDashboardRoutes(installs).routes(),
            *InstallRoutes(installs, keys).routes(),
            Route("/v1/{path:path}", API(keys, connections, installs, slow_seconds).answer, methods=["GET", "POST"]),
            *ConnectRoutes(connections, installs, keys, slow_seconds).routes(),
        ],
        middleware=[Middleware(StripeHeaders)],
        exception_handlers={RefusedError: _refused, HTTPException: _unrecognized},
    )


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, RefusedError):
        raise error
    return error.response


async def _unrecognized(request: Request, _: Exception) -> Response:
    return unrecognized(url_of(request))
