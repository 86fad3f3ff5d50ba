"""Stripe Connect: the consent page, the OAuth endpoints, and a page of the connected accounts."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from urllib.parse import urlencode

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import answers, pages
from sandbox.forms import read_form
from sandbox.keys import Behaviour
from sandbox.oauth import EXCHANGES, Application, Connections, oauth_error


class ConnectRoutes:
    """Routes that share the connections. A slow exchange takes `slow_seconds`."""

    def __init__(self, connections: Connections, slow_seconds: float) -> None:
        self._connections = connections
        self._slow_seconds = slow_seconds

    def routes(self) -> list[Route]:
        return [
            Route("/oauth/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/oauth/token", self.token, methods=["POST"]),
            Route("/oauth/deauthorize", self.deauthorize, methods=["POST"]),
            Route("/accounts", self.accounts, name="accounts"),
            Route("/accounts/disconnect", self.disconnect, methods=["POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """Shows the consent page, or handles its buttons."""
        query = request.query_params if request.method == "GET" else await read_form(request)
        application = self._connections.applications.get(query.get("client_id", ""))
        # Like Stripe, redirect only to the registered URI (RFC 9700, 4.1).
        if application is None or query.get("redirect_uri") != application.redirect_uri:
            return PlainTextResponse("Unknown client_id, or a redirect_uri that is not registered.", 400)
        if query.get("response_type") != "code":
            return self._back(application, query.get("state"), error="unsupported_response_type")
        decision = query.get("decision")
        if request.method == "GET" or decision == "login":
            asked = {name: query[name] for name in query if name not in {"decision", "email"}}
            return pages.consent(asked, livemode=application.livemode, logged_in=decision == "login")
        if decision != "approve":
            denied = "The user denied your request"
            return self._back(application, query.get("state"), error="access_denied", error_description=denied)
        exchange = query.get("exchange", EXCHANGES[0])
        code = self._connections.approve(application, exchange)
        granted = {"code": code, "scope": query.get("scope", "read_only")}
        return pages.approved(_return_url(application, query.get("state"), **granted))

    @staticmethod
    def _back(application: Application, state: str | None, **answer: str) -> Response:
        return RedirectResponse(_return_url(application, state, **answer), 303)

    async def token(self, request: Request) -> Response:
        """Stripe's POST /oauth/token."""
        application, form = await self._parsed(request)
        if application is None:
            return answers.error(Behaviour.REJECTED, answers.key_of(request))
        if form.get("grant_type") != "authorization_code":
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
        application, form = await self._parsed(request)
        if application is None or form.get("client_id") != application.client_id:
            return oauth_error("invalid_client", "No such application.")
        return self._connections.deauthorize(application, form.get("stripe_user_id", ""))

    async def accounts(self, _: Request) -> Response:
        return pages.accounts(self._connections)

    async def disconnect(self, request: Request) -> Response:
        """Disconnects an account as a user would at Stripe, which notifies the platform with a webhook."""
        form = await read_form(request)
        application, account_id = self._connections.applications.get(form.get("client_id", "")), form.get("account", "")
        if application is None or (application.client_id, account_id) not in self._connections.connected:
            return PlainTextResponse("This account is not connected.", 404)
        self._connections.connected.discard((application.client_id, account_id))
        status = await _send_deauthorized(application, account_id)
        if status != 200:
            return PlainTextResponse(f"Disconnected, but the platform answered the webhook with status {status}.", 502)
        return RedirectResponse(request.url_for("accounts"), 303)

    async def _parsed(self, request: Request) -> tuple[Application | None, dict[str, str]]:
        return self._connections.by_key(answers.key_of(request)), await read_form(request)


def _return_url(application: Application, state: str | None, **answer: str) -> str:
    query = urlencode({**answer, **({"state": state} if state else {})})
    return f"{application.redirect_uri}?{query}"


async def _send_deauthorized(application: Application, account_id: str) -> int:
    """Sends the signed webhook (https://docs.stripe.com/webhooks#verify-manually); returns the response's status."""
    event = {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "account": account_id,
        "created": int(time.time()),
        "data": {"object": {"id": application.client_id, "object": "application", "name": "Drawbridge"}},
        "livemode": application.livemode,
        "type": "account.application.deauthorized",
    }
    payload = json.dumps(event)
    async with httpx.AsyncClient() as http:
        headers = {"Stripe-Signature": sign(payload, application.webhook_secret), "Content-Type": "application/json"}
        return (await http.post(application.webhook_url, content=payload, headers=headers)).status_code


def sign(payload: str, secret: str, at: int | None = None) -> str:
    """Returns the Stripe-Signature header of a payload."""
    at = int(time.time()) if at is None else at
    signature = hmac.new(secret.encode(), f"{at}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={signature}"
