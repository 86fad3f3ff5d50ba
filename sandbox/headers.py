"""Headers that all of Stripe's responses have (https://docs.stripe.com/api/request_ids, …/versioning)."""

import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The version of an account that has not chosen another one: that of the document with which the tests compare answers.
API_VERSION = "2026-05-27.dahlia"
_ECHOED = {"stripe-version": API_VERSION, "idempotency-key": ""}


class StripeHeaders:
    """Adds the request's id, the API's version and the idempotency key. Handlers find the id in `request.state`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = f"req_{secrets.token_hex(7)}"
        scope.setdefault("state", {})["request_id"] = request_id
        given = Headers(scope=scope)
        added = {"request-id": request_id, **{name: given.get(name, default) for name, default in _ECHOED.items()}}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({name: value for name, value in added.items() if value})
            await send(message)

        await self._app(scope, receive, send_with_headers)
