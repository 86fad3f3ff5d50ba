"""The OAuth callback: where Stripe redirects a user after approval or refusal."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kit.secret import Secret
from resolvers import stripe_auth
from web.notices import notice

# The parameters of Stripe's redirect, besides the state: https://docs.stripe.com/connect/oauth-reference
_PARAMETERS = ("code", "error", "error_description")
_PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}

_UNKNOWN = """<p>This authorization was already completed, or was not started from this server.
<p>Go back to the page that sent you to Stripe. If the account is not connected there, start again."""


def stripe_callback_route() -> Route:
    """The redirect URI that is registered with Stripe."""
    return Route("/stripe/callback", _redirect)


async def _redirect(request: Request) -> Response:
    """Redirects to the page that started the flow.

    Stripe's parameters go into the fragment, because browsers send no fragment to servers, where it could be logged.
    """
    state = request.query_params.get("state", "")
    code = request.query_params.get("code")
    return_url = await stripe_auth.accept_return(state, Secret(code) if code else None)
    if return_url is None:
        return notice(404, "Nothing to complete", _UNKNOWN, _PRIVATE)
    parameters = {name: request.query_params[name] for name in _PARAMETERS if name in request.query_params}
    return RedirectResponse(f"{return_url}#{urlencode({'state': state, **parameters})}", 303, headers=_PRIVATE)
