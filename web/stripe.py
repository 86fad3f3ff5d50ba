"""What Stripe, or a user who comes from there, calls: the OAuth callback and the webhooks."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from models import Destination
from resolvers import credentials, stripe_auth
from resolvers.refusals import BadSignature
from resolvers.services import Services
from web.middleware.security_headers import style_policy

# What Stripe's redirect may carry on, besides the state: https://docs.stripe.com/connect/oauth-reference
_CARRIED = ("code", "error", "error_description")
_PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
_MODES = {"live": Destination.STRIPE, "test": Destination.STRIPE_TEST_MODE}
_MAX_WEBHOOK_BYTES = 256 * 1024

_STYLE = """
  :root { color-scheme: light dark; }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 4rem auto; padding: 0 1rem; }
"""
_UNKNOWN = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Nothing to complete</title>
<style>{_STYLE}</style>
<h1>Nothing to complete</h1>
<p>This visit to Stripe has been completed already, or was not begun here.
<p>Go back to the page that sent you to Stripe. If the account is not connected there, begin again.
</html>
"""


def stripe_routes(services: Services) -> list[Route]:
    """The routes that are registered with Stripe."""

    async def webhook(request: Request) -> Response:
        return await _webhook(services, request)

    return [
        Route("/stripe/callback", _callback),
        Route("/stripe/webhook/{mode}", webhook, methods=["POST"]),
    ]


async def _callback(request: Request) -> Response:
    """Takes the user back to the page, with what Stripe said in the fragment: no server's log sees a fragment."""
    state = request.query_params.get("state", "")
    return_url = await stripe_auth.return_url_of(state)
    if return_url is None:
        return HTMLResponse(_UNKNOWN, 404, headers=_PRIVATE | {"Content-Security-Policy": style_policy(_STYLE)})
    carried = {name: request.query_params[name] for name in _CARRIED if name in request.query_params}
    return RedirectResponse(f"{return_url}#{urlencode({'state': state, **carried})}", 303, headers=_PRIVATE)


async def _webhook(services: Services, request: Request) -> Response:
    """Answers 2xx only once what follows is committed; Stripe sends again otherwise."""
    destination = _MODES.get(request.path_params["mode"])
    if destination is None:
        return Response(status_code=404)
    signature = request.headers.get("stripe-signature", "")
    try:
        await credentials.receive_webhook(services, destination, payload=await _body(request), signature=signature)
    except BadSignature:
        return Response(status_code=400)
    return JSONResponse({"received": True})


async def _body(request: Request) -> bytes:
    """The body, or as much of it as cannot be a webhook of Stripe's any more, which its signature then does not fit."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_WEBHOOK_BYTES:
            break
    return body[:_MAX_WEBHOOK_BYTES]
