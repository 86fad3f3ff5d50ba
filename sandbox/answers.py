"""Responses in Stripe's format (https://docs.stripe.com/api/errors, https://docs.stripe.com/api/accounts/object)."""

import secrets
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.keys import Behaviour
from sandbox.permissions import Rights

ACCOUNT_ID = "acct_1SandboxDrawbridge"
OTHER_ACCOUNT_ID = "acct_1SandboxOther"
_RETRY_AFTER_SECONDS = 7
_SHORT = 16  # masking would reveal almost all of shorter keys

_ERRORS: dict[Behaviour, tuple[int, dict[str, str]]] = {
    Behaviour.REJECTED: (401, {"message": "Invalid API Key provided: {masked}"}),
    Behaviour.EXPIRED: (401, {"message": "Expired API Key provided: {masked}", "code": "api_key_expired"}),
    Behaviour.REVOKED: (
        403,
        {
            "message": "The provided key '{masked}' does not have access to account 'acct_1SandboxDrawbridge' (or that "
            "account does not exist). Application access may have been revoked.",
            "code": "account_invalid",
        },
    ),
    Behaviour.IP_BLOCKED: (403, {"message": "The API key provided does not allow requests from your IP address."}),
    Behaviour.IP_UNAUTHORIZED: (
        401,
        {"message": "The API key provided does not allow requests from your IP address (192.0.2.1)."},
    ),
    Behaviour.FORBIDDEN: (403, {"message": "We're sorry, but we're unable to serve your request."}),
    Behaviour.PLATFORM_EXPIRED: (
        401,
        {
            "message": "Expired API Key provided: {masked}. Application access may have been revoked.",
            "code": "platform_api_key_expired",
        },
    ),
    Behaviour.BAD_REQUEST: (400, {"message": "Invalid request.", "code": "parameter_unknown"}),
    Behaviour.FAILED_REQUEST: (402, {"message": "The request failed.", "type": "card_error"}),
    Behaviour.NOT_FOUND: (404, {"message": "Unrecognized request URL."}),
    Behaviour.RATE_LIMITED: (429, {"message": "Request rate limit exceeded.", "code": "rate_limit"}),
    Behaviour.UNAVAILABLE: (500, {"message": "An unknown error occurred", "type": "api_error"}),
}


def error(behaviour: Behaviour, key: str) -> Response:
    """Returns Stripe's error response for a key with this behaviour."""
    if behaviour is Behaviour.WEB_PAGE:
        return HTMLResponse("<!doctype html><title>Sign in to the network</title>")
    status, body = _ERRORS[behaviour]
    message = body["message"].replace("{masked}", masked(key))
    headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)} if status == 429 else {}
    return as_json(status, {"error": {"type": "invalid_request_error", **body, "message": message}}, headers)


def permission_missing(name: str, path: str, rights: Rights, key: str, account_id: str) -> Response:
    """Returns Stripe's error response for a restricted key without a permission."""
    fields = rights.error(name, path, key=masked(key), account=account_id)
    return as_json(403, {"error": {"type": "invalid_request_error", **fields}})


def unrecognized(method: str, path: str) -> Response:
    """Returns Stripe's error response for a path or a method that it does not know."""
    message = (
        f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at "
        "https://support.stripe.com/."
    )
    return as_json(404, {"error": {"type": "invalid_request_error", "message": message}})


def masked(key: str) -> str:
    """Returns a key as Stripe's messages quote it."""
    return f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > _SHORT else "*" * 8


def unauthenticated() -> JSONResponse:
    """Returns Stripe's error response for a request without a key."""
    message = "You did not provide an API key. You need to provide your API key in the Authorization header."
    return as_json(401, {"error": {"type": "invalid_request_error", "message": message}})


def key_of(request: Request) -> str:
    """Returns the request's key: a bearer token, or the user name of HTTP Basic, as in `curl -u sk_test_…:`."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return _user_name(value)
    return value.strip() if scheme.lower() == "bearer" else ""


def _user_name(encoded: str) -> str:
    with suppress(ValueError):
        return b64decode(encoded).decode().partition(":")[0]
    return ""


def empty_list(path: str) -> JSONResponse:
    """Returns a list (https://docs.stripe.com/api/pagination) without objects."""
    return as_json(200, {"object": "list", "url": f"/v1/{path}", "has_more": False, "data": []})


def account(*, other: bool) -> JSONResponse:
    """Returns one of the sandbox's two accounts."""
    name = "Other Sandbox Business" if other else "Sandbox Business"
    body = {
        "id": OTHER_ACCOUNT_ID if other else ACCOUNT_ID,
        "object": "account",
        "business_profile": {"name": name, "url": None},
        "charges_enabled": True,
        "country": "DE" if other else "US",
        "default_currency": "eur" if other else "usd",
        "details_submitted": True,
        "email": "owner@example.com",
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": name, "timezone": "Etc/UTC"}},
        "type": "standard",
    }
    return as_json(200, body)


def balance() -> JSONResponse:
    """Returns an empty balance (https://docs.stripe.com/api/balance/balance_object)."""
    none = [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]
    return as_json(200, {"object": "balance", "available": none, "livemode": False, "pending": none})


def as_json(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Returns a response with an id, as all of Stripe's have one."""
    return JSONResponse(body, status, headers={"Request-Id": f"req_{secrets.token_hex(7)}", **(headers or {})})
