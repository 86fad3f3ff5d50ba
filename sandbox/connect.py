"""Stripe Connect: the consent page, the OAuth endpoints, and a page of the connected accounts."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox import answers, pages, webhooks
from sandbox.accounts import ACCOUNT_ID
from sandbox.apps.installs import Installs
from sandbox.errors import RefusedError, url_of
from sandbox.forms import read_form
from sandbox.keys import Behaviour, Keys
from sandbox.oauth import EVENTS, EXCHANGES, FOREIGN_CODE, Application, Connections, oauth_error

_SCOPES = ("read_only", "read_write")


class ConnectRoutes:
    """Routes that share the connections. A slow exchange takes `slow_seconds`.

    The behaviour of a platform's own key decides how its calls are answered.
    """

    def __init__(self, connections: Connections, installs: Installs, keys: Keys, slow_seconds: float) -> None:
        self._connections = connections
        self._installs = installs
        self._keys = keys
        self._slow_seconds = slow_seconds

    def routes(self) -> list[Route]:
        return [
            Route("/oauth/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/oauth/token", self.token, methods=["POST"]),
            Route("/oauth/deauthorize", self.deauthorize, methods=["POST"]),
            Route("/accounts", self.accounts),
            Route("/accounts/disconnect", self.disconnect, methods=["POST"]),
            Route("/accounts/send", self.send, methods=["POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """Shows the consent page, or handles its buttons."""
        query = request.query_params if request.method == "GET" else await read_form(request)
        application = self._connections.applications.get(query.get("client_id", ""))
        if application is None:
            return pages.refused("invalid_client", "No application matches the supplied client identifier.")
        if mistake := _mistake(application, query):
            return pages.refused(*mistake)
        decision = query.get("decision")
        if request.method == "GET" or decision == "login":
            asked = {name: query[name] for name in query if name not in {"decision", "email"}}
            return pages.consent(asked, livemode=application.livemode, logged_in=decision == "login")
        if decision != "approve":
            denied = {"error": "access_denied", "error_description": "The user denied your request"}
            return RedirectResponse(_return_url(application, query.get("state"), **denied), 303)
        exchange = query.get("exchange", EXCHANGES[0])
        code = self._connections.approve(application, exchange)
        granted = {"code": code, "scope": query.get("scope", _SCOPES[0])}
        return pages.approved(_return_url(application, query.get("state"), **granted))

    async def token(self, request: Request) -> Response:
        """Stripe's POST /oauth/token."""
        form = await read_form(request)
        if form.get("code", "") in self._installs.grants:  # an app's code has an endpoint of its own
            return oauth_error("invalid_grant", FOREIGN_CODE)
        application = await self._platform(request, form)
        if not form.get("grant_type") or not form.get("code"):
            return oauth_error("invalid_request", "grant_type and code are required.")
        if form["grant_type"] != "authorization_code":
            return oauth_error("unsupported_grant_type", "The grant type is not supported.")
        code = self._connections.codes.get(form.get("code", ""))
        if code is not None and code.exchange == "ratelimited":
            code.exchange = EXCHANGES[0]
            return answers.error(Behaviour.RATE_LIMITED, application.secret_key)
        answer = self._connections.exchange(application, form.get("code", ""))
        if code is not None and code.exchange == "slow":
            await asyncio.sleep(self._slow_seconds)
        if code is not None and code.exchange == "unavailable":
            return answers.error(Behaviour.UNAVAILABLE, application.secret_key)
        return answer

    async def deauthorize(self, request: Request) -> Response:
        """Stripe's POST /oauth/deauthorize."""
        form = await read_form(request)
        application = await self._platform(request, form)
        if not form.get("client_id") or not form.get("stripe_user_id"):
            return oauth_error("invalid_request", "client_id and stripe_user_id are required.")
        if form["client_id"] != application.client_id:
            return oauth_error("invalid_client", "No such application.")
        return self._connections.deauthorize(application, form.get("stripe_user_id", ""))

    async def accounts(self, _: Request) -> Response:
        return pages.accounts(self._connections)

    async def disconnect(self, request: Request) -> Response:
        """Disconnects an account as a user would at Stripe, which notifies the platform with a webhook."""
        form = await read_form(request)
        application, account_id = self._connections.applications.get(form.get("client_id", "")), form.get("account", "")
        if application is None or (application.client_id, account_id) not in self._connections.connected:
            return pages.message("This account is not connected.", 404)
        self._connections.disconnect(application.client_id, account_id)
        status = await webhooks.send(
            application, webhooks.deauthorized(application, account_id), application.webhook_secret
        )
        if status != 200:
            return pages.message(f"Disconnected, but the platform answered the webhook with status {status}.", 502)
        return RedirectResponse("../accounts", 303)

    async def send(self, request: Request) -> Response:
        """Sends a webhook, and disconnects nobody: an old event that arrives late, a thin one, or a forged one."""
        form = await read_form(request)
        application, kind = self._connections.applications.get(form.get("client_id", "")), form.get("event", "")
        if application is None or kind not in EVENTS:
            return pages.message("A client_id and an event are required.", 400)
        status = await webhooks.send_kind(application, kind, form.get("account", ""))
        return pages.message(f"The platform answered the webhook with status {status}.")

    async def _platform(self, request: Request, form: Mapping[str, str]) -> Application:
        """Returns the calling platform; raises RefusedError if its key is unknown or was changed on the home page."""
        key = answers.key_of(request) or form.get("client_secret", "")
        application, behaviour = self._connections.by_key(key), self._keys.behaviour(key)
        if application is None or behaviour in {Behaviour.REJECTED, Behaviour.EXPIRED}:
            raise RefusedError(oauth_error("invalid_client", f"No such API key: {answers.masked(key)}"))
        if (rights := self._keys.rights(key)).is_restricted:
            missing = "connected_account_write", "accounts"
            raise RefusedError(answers.permission_missing(*missing, rights, key, ACCOUNT_ID))
        if behaviour in answers.FAILING:
            raise RefusedError(answers.error(behaviour, key, url=url_of(request)))
        if behaviour is Behaviour.SLOW:
            await asyncio.sleep(self._slow_seconds)
        return application


def _mistake(application: Application, query: Mapping[str, str]) -> tuple[str, str] | None:
    """Returns the error of an authorization request. Like Stripe, it is shown, and not sent to the redirect URI.

    Without a redirect URI, Stripe uses the first that is registered; another would leak the code (RFC 9700, 4.1).
    """
    if query.get("redirect_uri", application.redirect_uri) != application.redirect_uri:
        return "invalid_redirect_uri", "The redirect_uri is not one of the application's."
    if query.get("response_type") != "code":
        return "unsupported_response_type", "The response_type has to be code."
    if query.get("scope", _SCOPES[0]) not in _SCOPES:
        return "invalid_scope", f"The scope has to be {' or '.join(_SCOPES)}."
    return None


def _return_url(application: Application, state: str | None, **answer: str) -> str:
    query = urlencode({**answer, **({"state": state} if state else {})})
    return f"{application.redirect_uri}?{query}"
