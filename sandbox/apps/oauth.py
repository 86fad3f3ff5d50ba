"""The consent page of the app, and its token endpoint.

https://docs.stripe.com/stripe-apps/api-authentication/oauth has the links and fields, but no errors: their words are
those that others have reported.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import answers
from sandbox.apps import pages
from sandbox.apps.app import App
from sandbox.apps.installs import CODE_SECONDS, EXCHANGES, Grant, Installs, is_app_token
from sandbox.errors import RefusedError, refusal, url_of
from sandbox.forms import read_form
from sandbox.keys import Behaviour, Keys
from sandbox.oauth import FOREIGN_CODE, Connections, oauth_error
from sandbox.pages import approved, message
from sandbox.permissions import UnknownPermissionsError, permissions_of

_ASKED = ("client_id", "redirect_uri", "state")
_DENIED = {"error": "access_denied", "error_description": "The user denied your request"}
_NOT_A_SECRET_KEY = "The provided key '{key}' does not have the required permissions for this endpoint."  # noqa: S105


class AppOAuthRoutes:
    """Routes of the app's OAuth. A slow answer takes `slow_seconds`."""

    def __init__(self, installs: Installs, connections: Connections, keys: Keys, slow_seconds: float) -> None:
        self._installs = installs
        self._connections = connections
        self._keys = keys
        self._slow_seconds = slow_seconds

    def routes(self) -> list[Route]:
        return [
            Route("/oauth/v2/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/oauth/v2/{link_id}/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/v1/oauth/token", self.token, methods=["POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """Shows the consent page, or handles its buttons."""
        query = request.query_params if request.method == "GET" else await read_form(request)
        app = self._installs.apps.get(query.get("client_id", ""))
        if app is None or _is_invalid(app, request.path_params.get("link_id", ""), query):
            return pages.invalid_link()
        decision = query.get("decision")
        if request.method == "GET" or decision == "login":
            asked = {name: query[name] for name in _ASKED if name in query}
            return pages.consent(app, asked, logged_in=decision == "login")
        if decision != "approve":  # without the state, as reported in stripe/stripe-apps#948
            return RedirectResponse(_return_url(app, query, _DENIED), 303)
        return self._install(app, query)

    def _install(self, app: App, query: Mapping[str, str]) -> Response:
        lifetime = query.get("expires_in", "")
        if lifetime and not (lifetime.isascii() and lifetime.isdigit() and len(lifetime) < 7):
            return message("The lifetime of the tokens is a number of seconds.", 400)
        try:
            permissions = permissions_of(query.get("permissions", " ".join(app.permissions)))
        except UnknownPermissionsError as error:
            return message(f"The sandbox does not know these permissions: {error}", 400)
        exchange = query.get("exchange", EXCHANGES[0])
        grant = self._installs.install(app, permissions, exchange, int(lifetime) if lifetime else None)
        account = grant.install.account_id
        state = {"state": query["state"]} if query.get("state") else {}
        answer = {"code": grant.code, **state, "account_id": account, "stripe_user_id": account, "user_id": "usr_1Jane"}
        return approved(_return_url(app, query, answer))

    async def token(self, request: Request) -> Response:
        """Stripe's POST /v1/oauth/token."""
        form = await read_form(request)
        app, livemode = await self._developer(request)
        if form.get("grant_type") == "authorization_code":
            response = await self._exchange(app, form.get("code", ""), livemode=livemode)
        elif form.get("grant_type") == "refresh_token":
            response = await self._refresh(app, form.get("refresh_token", ""))
        elif form.get("grant_type"):
            response = oauth_error("unsupported_grant_type", "The grant type is not supported.")
        else:
            response = oauth_error("invalid_request", "No grant type specified")
        self._installs.refused += response.status_code >= 400
        return response

    async def _exchange(self, app: App | None, code: str, *, livemode: bool) -> Response:
        if not code:
            return oauth_error("invalid_request", "No authorization code specified")
        grant = self._installs.grants.get(code)
        if grant is None:
            words = FOREIGN_CODE if code in self._connections.codes else f"Authorization code does not exist: {code}"
            return oauth_error("invalid_grant", words)
        if grant.exchange == "ratelimited":
            grant.exchange = EXCHANGES[0]
            return answers.error(Behaviour.RATE_LIMITED, grant.install.app.secret_key)
        grant.exchanges += 1
        if refused := self._refused_code(app, grant, livemode=livemode):
            return oauth_error("invalid_grant", refused)
        self._installs.roll(grant)
        return await self._answer(grant, grant.exchange)

    def _refused_code(self, app: App | None, grant: Grant, *, livemode: bool) -> str | None:
        """Returns the reason why a code is not exchanged. A second use ends the tokens of the first."""
        expected = grant.install.app
        if app is None or app.app_id != expected.app_id:
            return FOREIGN_CODE
        if app is not expected or grant.exchange == "wrong mode":
            given, other = ("live", "test") if livemode else ("test", "live")
            return f"Passed in {given}mode API key but authorization code only supports returning {other} keys"
        if grant.rolled_at:
            self._installs.end(grant)
            return "This authorization code has already been used. All tokens issued with this code have been revoked."
        if self._installs.clock.now() > grant.issued_at + CODE_SECONDS:
            return f"Authorization code expired: {grant.code}"
        return None

    async def _refresh(self, app: App | None, token: str) -> Response:
        if not token:
            return oauth_error("invalid_request", "No refresh token specified")
        grant = None if is_app_token(token) else self._installs.grant_of(token)
        if grant is not None and grant.refresh == "revoked":
            self._installs.end(grant)
        if grant is None or grant.is_ended or app is not grant.install.app:
            return oauth_error("invalid_grant", f"Refresh token does not exist: {token}")
        grant.refreshes += 1
        if grant.refresh == "ratelimited":
            return answers.error(Behaviour.RATE_LIMITED, token)
        if grant.refresh == "unavailable":
            return Response(status_code=500)
        self._installs.roll(grant)
        return await self._answer(grant, grant.refresh)

    async def _answer(self, grant: Grant, outcome: str) -> Response:
        """Returns the tokens, unless the outcome prevents that they arrive."""
        answer = _tokens(grant)
        if outcome in {"slow", "lost"}:
            await asyncio.sleep(self._slow_seconds)  # the caller has given up by then
        if outcome in {"lost", "unavailable"}:
            return Response(status_code=500)  # with an empty body, as reported
        return JSONResponse(answer)

    async def _developer(self, request: Request) -> tuple[App | None, bool]:
        """Returns the app of the caller's key, if it has one, and the key's mode; raises RefusedError."""
        key = answers.key_of(request)
        if not key:
            raise RefusedError(answers.unauthenticated())
        if key.startswith(("rk_", "rt_")) or self._keys.rights(key).is_restricted:
            raise refusal(403, _NOT_A_SECRET_KEY.format(key=answers.masked(key)))
        behaviour = self._keys.behaviour(key)
        if behaviour is Behaviour.REJECTED:
            raise RefusedError(oauth_error("invalid_client", f"No such API key: {answers.masked(key)}"))
        if behaviour in answers.FAILING:
            raise RefusedError(answers.error(behaviour, key, url=url_of(request)))
        if behaviour is Behaviour.SLOW:
            await asyncio.sleep(self._slow_seconds)
        return self._installs.app_of(key), key.startswith("sk_live_")


def _is_invalid(app: App, link_id: str, query: Mapping[str, str]) -> bool:
    """Whether Stripe shows that the link is invalid, and names no reason. It takes no response_type and no scope."""
    redirect_uri = query.get("redirect_uri", app.redirect_uris[0])
    is_other = link_id != app.link_id or redirect_uri not in app.redirect_uris
    return is_other or "response_type" in query or "scope" in query


def _return_url(app: App, query: Mapping[str, str], answer: Mapping[str, str]) -> str:
    return f"{query.get('redirect_uri', app.redirect_uris[0])}?{urlencode(answer)}"


def _tokens(grant: Grant) -> dict[str, Any]:
    mode = "live" if grant.livemode else "test"
    lifetime = {} if grant.expires_in is None else {"expires_in": grant.expires_in}
    return {
        "access_token": grant.access_token,
        "livemode": grant.livemode,
        "refresh_token": grant.refresh_token,
        "scope": "stripe_apps",
        "stripe_publishable_key": f"pk_{mode}_{grant.install.id[-24:]}",
        "stripe_user_id": grant.install.account_id,
        "token_type": "bearer",
        **lifetime,
    }
