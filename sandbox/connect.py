"""The routes of Connect: the consent page, the endpoints that the platform calls, and the accounts that came of it."""

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
    """Holds what the routes share."""

    def __init__(self, connections: Connections, slow_seconds: float) -> None:
        """Takes what is connected, and how long an exchange takes that is slow."""
        self._connections = connections
        self._slow_seconds = slow_seconds

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/oauth/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/oauth/token", self.token, methods=["POST"]),
            Route("/oauth/deauthorize", self.deauthorize, methods=["POST"]),
            Route("/accounts", self.accounts, name="accounts"),
            Route("/accounts/disconnect", self.disconnect, methods=["POST"]),
        ]

    async def authorize(self, request: Request) -> Response:
        """The consent page, and what its buttons do."""
        asked = request.query_params if request.method == "GET" else await read_form(request)
        application = self._connections.applications.get(asked.get("client_id", ""))
        # As Stripe: nobody is redirected to where the platform has not registered.
        if application is None or asked.get("redirect_uri") != application.redirect_uri:
            return PlainTextResponse("Unknown client_id, or a redirect_uri that is not registered.", 400)
        if asked.get("response_type") != "code":
            return self._back(application, asked.get("state"), error="unsupported_response_type")
        if request.method == "GET":
            return pages.consent(dict(asked), livemode=application.livemode)
        if asked.get("decision") != "approve":
            denied = "The user denied your request"
            return self._back(application, asked.get("state"), error="access_denied", error_description=denied)
        exchange = asked.get("exchange", EXCHANGES[0])
        code = self._connections.approve(application, exchange)
        return self._back(application, asked.get("state"), code=code, scope=asked.get("scope", "read_only"))

    @staticmethod
    def _back(application: Application, state: str | None, **answer: str) -> Response:
        query = urlencode({**answer, **({"state": state} if state else {})})
        return RedirectResponse(f"{application.redirect_uri}?{query}", 303)

    async def token(self, request: Request) -> Response:
        """Stripe's POST /oauth/token."""
        application, form = await self._called_by(request)
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
        application, form = await self._called_by(request)
        if application is None or form.get("client_id") != application.client_id:
            return oauth_error("invalid_client", "No such application.")
        return self._connections.deauthorize(application, form.get("stripe_user_id", ""))

    async def accounts(self, _: Request) -> Response:
        """What a user sees of their connected applications."""
        return pages.accounts(self._connections)

    async def disconnect(self, request: Request) -> Response:
        """The page's button: the user disconnects an account, and Stripe tells the platform."""
        form = await read_form(request)
        application, account_id = self._connections.applications.get(form.get("client_id", "")), form.get("account", "")
        if application is None or (application.client_id, account_id) not in self._connections.connected:
            return PlainTextResponse("This account is not connected.", 404)
        self._connections.connected.discard((application.client_id, account_id))
        status = await _send_deauthorized(application, account_id)
        if status != 200:
            return PlainTextResponse(f"Disconnected. The webhook was answered with {status}.", 502)
        return RedirectResponse(request.url_for("accounts"), 303)

    async def _called_by(self, request: Request) -> tuple[Application | None, dict[str, str]]:
        return self._connections.by_key(answers.key_of(request)), await read_form(request)


async def _send_deauthorized(application: Application, account_id: str) -> int:
    """Sends the webhook, signed (https://docs.stripe.com/webhooks#verify-manually); returns the answer's status."""
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
    """The header Stripe-Signature for a payload."""
    at = int(time.time()) if at is None else at
    signature = hmac.new(secret.encode(), f"{at}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={signature}"
