"""The sandbox's routes."""

import asyncio
from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import answers, pages
from sandbox.connect import ConnectRoutes
from sandbox.forms import read_form
from sandbox.keys import Behaviour, Keys
from sandbox.oauth import Application, Connections, is_access_token

_WORKING = {Behaviour.ACCEPTED, Behaviour.SLOW, Behaviour.OTHER_ACCOUNT}


def create_sandbox(slow_seconds: float, applications: Iterable[Application]) -> Starlette:
    """Creates the sandbox with these registered platforms. Slow responses take `slow_seconds`."""
    keys = Keys()
    connections = Connections({application.client_id: application for application in applications})

    async def account(request: Request) -> Response:
        """Stripe's GET /v1/account."""
        key, connected = answers.key_of(request), request.headers.get("stripe-account")
        if not key:
            return answers.unauthenticated()
        behaviour = keys.behaviour(key)
        if behaviour is Behaviour.SLOW:
            await asyncio.sleep(slow_seconds)
        if behaviour not in _WORKING:
            return answers.error(behaviour, key)
        if connected is not None:
            return _connected_account(connections, key, connected)
        if is_access_token(key):
            return _account_of_token(connections, key)
        return answers.account(other=behaviour is Behaviour.OTHER_ACCOUNT)

    async def change(request: Request) -> Response:
        form = await read_form(request)
        key, behaviour = form.get("key", "").strip(), form.get("behaviour")
        if not key or behaviour not in set(Behaviour):
            return PlainTextResponse("A key and a behaviour are required.", 400)
        keys.change(key, Behaviour(behaviour))
        return RedirectResponse(request.url_for("home"), 303)

    async def home(_: Request) -> Response:
        return pages.home()

    return Starlette(
        routes=[
            Route("/", home, name="home"),
            Route("/keys", change, methods=["POST"]),
            Route("/v1/account", account),
            *ConnectRoutes(connections, keys, slow_seconds).routes(),
        ]
    )


def _connected_account(connections: Connections, key: str, account_id: str) -> Response:
    """Returns a connected account to its platform, or Stripe's error once it is disconnected."""
    application = connections.by_key(key)
    if application is None:
        return answers.error(Behaviour.REJECTED, key)
    if (application.client_id, account_id) not in connections.connected:
        return answers.error(Behaviour.REVOKED, key)
    return answers.account(other=account_id == answers.OTHER_ACCOUNT_ID)


def _account_of_token(connections: Connections, token: str) -> Response:
    """Returns the account that an access token was granted for, or Stripe's error once it is disconnected."""
    account_id = connections.account_of(token)
    if account_id is None:
        return answers.error(Behaviour.PLATFORM_EXPIRED, token)
    return answers.account(other=account_id == answers.OTHER_ACCOUNT_ID)
