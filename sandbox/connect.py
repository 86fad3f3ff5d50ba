"""Stripe Connect: the consent page, the OAuth endpoints, and a page of the connected accounts."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import answers, pages
from sandbox.forms import read_form
from sandbox.keys import Behaviour, Keys
from sandbox.oauth import EVENTS, EXCHANGES, Application, Connections, oauth_error

_LATE_SECONDS = 3600


class ConnectRoutes:
    """Routes that share the connections. A slow exchange takes `slow_seconds`.

    The behaviour of a platform's own key decides how its calls are answered.
    """

    def __init__(self, connections: Connections, keys: Keys, slow_seconds: float) -> None:
        self._connections = connections
        self._keys = keys
        self._slow_seconds = slow_seconds

    def routes(self) -> list[Route]:
        return [
            Route("/oauth/authorize", self.authorize, methods=["GET", "POST"]),
            Route("/oauth/token", self.token, methods=["POST"]),
            Route("/oauth/deauthorize", self.deauthorize, methods=["POST"]),
            Route("/accounts", self.accounts, name="accounts"),
            Route("/accounts/disconnect", self.disconnect, methods=["POST"]),
            Route("/accounts/send", self.send, methods=["POST"]),
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
        application, form = self._platform(request), await read_form(request)
        if isinstance(application, Response):
            return application
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
        application, form = self._platform(request), await read_form(request)
        if isinstance(application, Response):
            return application
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
            return PlainTextResponse("This account is not connected.", 404)
        self._connections.disconnect(application.client_id, account_id)
        status = await _send(application, _deauthorized(application, account_id), application.webhook_secret)
        if status != 200:
            return PlainTextResponse(f"Disconnected, but the platform answered the webhook with status {status}.", 502)
        return RedirectResponse(request.url_for("accounts"), 303)

    async def send(self, request: Request) -> Response:
        """Sends a webhook, and disconnects nobody: an old event that arrives late, a thin one, or a forged one."""
        form = await read_form(request)
        application, kind = self._connections.applications.get(form.get("client_id", "")), form.get("event")
        if application is None or kind not in EVENTS:
            return PlainTextResponse("A client_id and an event are required.", 400)
        secret = "whsec_Forged" if kind == "forged" else application.webhook_secret
        event = (_thin if kind == "thin" else _deauthorized)(application, form.get("account", ""))
        if kind == "late":
            event["created"] -= _LATE_SECONDS
        status = await _send(application, event, secret)
        return PlainTextResponse(f"The platform answered the webhook with status {status}.")

    def _platform(self, request: Request) -> Application | Response:
        """Returns the calling platform, or Stripe's error if its key is unknown or was changed on the home page."""
        key = answers.key_of(request)
        application, behaviour = self._connections.by_key(key), self._keys.behaviour(key)
        if application is None or behaviour in {Behaviour.REJECTED, Behaviour.EXPIRED}:
            return oauth_error("invalid_client", f"No such API key: {answers.masked(key)}")
        if (rights := self._keys.rights(key)).is_restricted:
            return answers.permission_missing("connected_account_write", "accounts", rights, key, answers.ACCOUNT_ID)
        return application if behaviour is Behaviour.ACCEPTED else answers.error(behaviour, key)


def _return_url(application: Application, state: str | None, **answer: str) -> str:
    query = urlencode({**answer, **({"state": state} if state else {})})
    return f"{application.redirect_uri}?{query}"


def _deauthorized(application: Application, account_id: str) -> dict[str, Any]:
    """An event of https://docs.stripe.com/api/events/types#event_types-account.application.deauthorized."""
    return {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "account": account_id,
        "api_version": None,
        "created": int(time.time()),
        "data": {"object": {"id": application.client_id, "object": "application", "name": "Drawbridge"}},
        "livemode": application.livemode,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "account.application.deauthorized",
    }


def _thin(application: Application, account_id: str) -> dict[str, Any]:
    """A thin event (https://docs.stripe.com/event-destinations#thin-events), which has no data."""
    return {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "v2.core.event",
        "context": account_id,
        "created": "2026-11-28T12:00:00.000Z",
        "livemode": application.livemode,
        "type": "v1.account.application.deauthorized",
    }


async def _send(application: Application, event: dict[str, Any], secret: str) -> int:
    """Sends a signed webhook (https://docs.stripe.com/webhooks#verify-manually); returns the response's status."""
    payload = json.dumps(event)
    async with httpx.AsyncClient(trust_env=False) as http:  # to this machine, past any proxy
        headers = {"Stripe-Signature": sign(payload, secret), "Content-Type": "application/json"}
        return (await http.post(application.webhook_url, content=payload, headers=headers)).status_code


def sign(payload: str, secret: str, at: int | None = None) -> str:
    """Returns the Stripe-Signature header of a payload."""
    at = int(time.time()) if at is None else at
    signature = hmac.new(secret.encode(), f"{at}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={signature}"
