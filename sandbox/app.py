"""The sandbox's routes."""

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox import pages
from sandbox.api import API
from sandbox.connect import ConnectRoutes
from sandbox.errors import RefusedError, unrecognized, url_of
from sandbox.forms import read_form
from sandbox.headers import StripeHeaders
from sandbox.keys import Behaviour, Keys
from sandbox.oauth import Application, Connections
from sandbox.permissions import Rights, UnknownPermissionsError, Wording, permissions_of


def create_sandbox(slow_seconds: float, applications: Iterable[Application]) -> Starlette:
    """Creates the sandbox with these registered platforms. Slow responses take `slow_seconds`."""
    keys = Keys()
    connections = Connections({application.client_id: application for application in applications})

    async def change(request: Request) -> Response:
        form = await read_form(request)
        key, behaviour = form.get("key", "").strip(), form.get("behaviour")
        if not key or behaviour not in set(Behaviour):
            return pages.message("A key and a behaviour are required.", 400)
        keys.change(key, Behaviour(behaviour))
        return RedirectResponse("./", 303)

    async def restrict(request: Request) -> Response:
        form = await read_form(request)
        key, wording = form.get("key", "").strip(), form.get("wording", Wording.OLDER)
        if not key or wording not in set(Wording):
            return pages.message("A key and the words of its refusal are required.", 400)
        try:
            permissions = permissions_of(form.get("permissions", ""))
        except UnknownPermissionsError as error:
            return pages.message(f"The sandbox does not know these permissions: {error}", 400)
        keys.restrict(key, Rights(permissions, Wording(wording)))
        return RedirectResponse("../", 303)

    async def home(_: Request) -> Response:
        return pages.home()

    return Starlette(
        routes=[
            Route("/", home, name="home"),
            Route("/keys", change, methods=["POST"]),
            Route("/keys/permissions", restrict, methods=["POST"]),
            Route("/v1/{path:path}", API(keys, connections, slow_seconds).answer, methods=["GET", "POST"]),
            *ConnectRoutes(connections, keys, slow_seconds).routes(),
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
