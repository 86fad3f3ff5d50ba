"""Webhooks from Stripe: one endpoint per mode, because each mode has its own signing secret."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.stripe.webhooks import MAX_BYTES
from models import Destination
from resolvers import credentials
from resolvers.services import Services

_MODES = {"live": Destination.STRIPE, "test": Destination.STRIPE_TEST_MODE}


def stripe_webhook_route(services: Services) -> Route:
    """The endpoint to register with Stripe: /stripe/webhook/live and /stripe/webhook/test."""

    async def receive(request: Request) -> Response:
        return await _receive(services, request)

    return Route("/stripe/webhook/{mode}", receive, methods=["POST"])


async def _receive(services: Services, request: Request) -> Response:
    """Responds with 2xx only once the effects are committed; until then, Stripe retries."""
    destination = _MODES.get(request.path_params["mode"])
    if destination is None:
        return Response(status_code=404)
    signature = request.headers.get("stripe-signature", "")
    payload = await _body(request)
    outcome = await credentials.receive_webhook(services, destination, payload=payload, signature=signature)
    return JSONResponse({"received": True}) if outcome.status == 200 else Response(status_code=outcome.status)


async def _body(request: Request) -> bytes:
    """The body, truncated beyond any length that Stripe sends."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            break
    return body
