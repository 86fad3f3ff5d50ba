"""The OAuth callback: where Stripe redirects a user after approval or refusal.

Stripe Apps redirect without a state if the user declines, or installs the app from Stripe's Marketplace
(https://docs.stripe.com/stripe-apps/install-links). Nobody knows then which authorization it is, if any: whoever
accepted such a code could be made to connect somebody else's account.
"""

from collections.abc import Collection
from html import escape
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kit.secret import Secret
from resolvers import stripe_auth
from resolvers.services import Services
from web.notices import notice

# The parameters of Stripe's redirect, besides the state: https://docs.stripe.com/connect/oauth-reference
_PARAMETERS = ("code", "error", "error_description")
_PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}

_UNKNOWN = """<p>This authorization was already completed, or was not started from this server.
<p>Go back to the page that sent you to Stripe. If the account is not connected there, start again."""

_DECLINED = """<p>Access was declined at Stripe, and nothing was connected.
<p>Go back to the page that sent you to Stripe. You can still approve access there, or give up."""

_FAILED = """<p>Stripe reports an error, and nothing was connected.
<p>Go back to the page that sent you to Stripe, and try again. If it fails again, ask the operator of this server."""

_INSTALLED_ELSEWHERE = """<p>The app was installed from Stripe's Marketplace. Nothing is connected here yet: an
authorization has to be started by a user who has signed in here.
<p>Go on in the console: choose the mode in which you installed the app, enter a name, and approve access at Stripe once
more."""

# The console's pages that list what was begun, and begin anew.
_LIST, _NEW = "#/credentials", "#/credentials/new"


def stripe_callback_route(services: Services) -> Route:
    """The redirect URI that is registered with Stripe."""

    async def answer(request: Request) -> Response:
        if request.query_params.get("state"):
            return await _redirect(request, services.return_urls)
        return _without_state(request, services.return_urls)

    return Route("/stripe/callback", answer)


def _without_state(request: Request, return_urls: Collection[str]) -> Response:
    """A page that says what happened, and how to go on. Nothing of the request is used."""
    console = _console(request, return_urls)
    if request.query_params.get("error") == "access_denied":
        return notice(200, "Access was declined", _DECLINED + _link(console, _LIST), _PRIVATE)
    if "error" in request.query_params:
        return notice(200, "Something went wrong at Stripe", _FAILED + _link(console, _LIST), _PRIVATE)
    if "code" in request.query_params:
        return notice(200, "One more step", _INSTALLED_ELSEWHERE + _link(console, _NEW), _PRIVATE)
    return notice(404, "Nothing to complete", _UNKNOWN + _link(console, _LIST), _PRIVATE)


def _console(request: Request, return_urls: Collection[str]) -> str | None:
    """The console's URL, preferably at the address that the user came to. None if it is not served."""
    consoles = sorted(url for url in return_urls if url.endswith("/console/"))
    return min(consoles, key=lambda url: urlsplit(url).netloc != request.url.netloc, default=None)


def _link(console: str | None, page: str) -> str:
    return f'\n<p><a href="{escape(console + page)}">Go to the console</a>.' if console else ""


async def _redirect(request: Request, return_urls: Collection[str]) -> Response:
    """Redirects to the page that started the flow.

    Stripe's parameters go into the fragment, because browsers send no fragment to servers, where it could be logged.
    """
    state = request.query_params["state"]
    code = request.query_params.get("code")
    return_url = await stripe_auth.accept_return(state, Secret(code) if code else None)
    if return_url is None:
        return notice(404, "Nothing to complete", _UNKNOWN + _link(_console(request, return_urls), _LIST), _PRIVATE)
    parameters = {name: request.query_params[name] for name in _PARAMETERS if name in request.query_params}
    return RedirectResponse(f"{return_url}#{urlencode({'state': state, **parameters})}", 303, headers=_PRIVATE)
