"""Webhooks, which the sandbox sends to platforms and apps (https://docs.stripe.com/connect/webhooks)."""

import hashlib
import hmac
import json
import secrets
import time
from typing import Any

import httpx

from sandbox.apps.app import App
from sandbox.headers import API_VERSION
from sandbox.oauth import Application

_LATE_SECONDS = 3600


def deauthorized(application: Application | App, account_id: str) -> dict[str, Any]:
    """An event of https://docs.stripe.com/api/events/types#event_types-account.application.deauthorized."""
    return {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "account": account_id,
        "api_version": API_VERSION,
        "created": int(time.time()),
        "data": {"object": {"id": application.client_id, "object": "application", "name": "Drawbridge"}},
        "livemode": application.livemode,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "account.application.deauthorized",
    }


def thin(application: Application | App, account_id: str) -> dict[str, Any]:
    """A thin event (https://docs.stripe.com/event-destinations#thin-events), which has no data."""
    return {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "v2.core.event",
        "context": account_id,
        "created": "2026-11-28T12:00:00.000Z",
        "livemode": application.livemode,
        "type": "v1.account.application.deauthorized",
    }


async def send_kind(application: Application | App, kind: str, account_id: str) -> int:
    """Sends an old event that arrives late, a thin one, or a forged one; returns the response's status."""
    secret = "whsec_Forged" if kind == "forged" else application.webhook_secret
    event = (thin if kind == "thin" else deauthorized)(application, account_id)
    if kind == "late":
        event["created"] -= _LATE_SECONDS
    return await send(application, event, secret)


async def send(application: Application | App, event: dict[str, Any], secret: str) -> int:
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
