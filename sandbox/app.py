"""The sandbox's routes."""

import asyncio
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import answers
from sandbox.keys import Behaviour, Keys
from sandbox.page import PAGE


def create_sandbox(slow_seconds: float) -> Starlette:
    """The sandbox; keys that are slow get their answer after so many seconds."""
    keys = Keys()

    async def account(request: Request) -> Response:
        """Stripe's GET /v1/account."""
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not key:
            return answers.unauthenticated()
        behaviour = keys.behaviour(key)
        if behaviour is Behaviour.SLOW:
            await asyncio.sleep(slow_seconds)
        if behaviour in {Behaviour.ACCEPTED, Behaviour.SLOW, Behaviour.OTHER_ACCOUNT}:
            return answers.account(behaviour)
        return answers.error(behaviour, key)

    async def change(request: Request) -> Response:
        """The page's form."""
        form = dict(parse_qsl((await request.body()).decode(errors="replace")))
        key, behaviour = form.get("key", "").strip(), form.get("behaviour")
        if not key or behaviour not in set(Behaviour):
            return PlainTextResponse("A key and a behaviour are needed.", 400)
        keys.change(key, Behaviour(behaviour))
        return RedirectResponse(request.url_for("page"), 303)

    async def page(_: Request) -> Response:
        """What the sandbox is."""
        return HTMLResponse(PAGE)

    return Starlette(
        routes=[
            Route("/", page, name="page"),
            Route("/keys", change, methods=["POST"]),
            Route("/v1/account", account),
        ]
    )
