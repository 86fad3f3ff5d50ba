"""Responses in Stripe's format (https://docs.stripe.com/api/errors, https://docs.stripe.com/api/accounts/object)."""

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.keys import Behaviour

ACCOUNT_ID = "acct_1SandboxDrawbridge"
OTHER_ACCOUNT_ID = "acct_1SandboxOther"
_RETRY_AFTER_SECONDS = 7
_SHORT = 16  # masking would reveal almost all of shorter keys

_ERRORS: dict[Behaviour, tuple[int, dict[str, str]]] = {
    Behaviour.REJECTED: (401, {"message": "Invalid API Key provided: {masked}"}),
    Behaviour.EXPIRED: (401, {"message": "Expired API Key provided: {masked}", "code": "api_key_expired"}),
    Behaviour.RESTRICTED: (
        403,
        {
            "message": "The provided key '{masked}' does not have the required permissions for this endpoint on "
            "account 'acct_1SandboxDrawbridge'. Having the 'rak_accounts_kyc_basic_read' permission would allow "
            "this request to continue."
        },
    ),
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
    Behaviour.PERMISSION_DENIED: (
        403,
        {
            "message": "Permission denied. The provided key '{masked}' does not have the required permissions for this "
            "endpoint on account 'acct_1SandboxDrawbridge'. Enabling \"Accounts Read\" ('account_read') permissions on "
            "this key would allow this request to continue."
        },
    ),
    Behaviour.MORE_PERMISSIONS: (
        403,
        {
            "message": "Having the 'connected_account_read' permission would allow this request to continue.",
            "code": "more_permissions_required_for_application",
        },
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
    Behaviour.NOT_FOUND: (404, {"message": "Unrecognized request URL (GET: /v1/account)."}),
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


def masked(key: str) -> str:
    """Returns a key as Stripe's messages quote it."""
    return f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > _SHORT else "*" * 8


def unauthenticated() -> JSONResponse:
    """Returns Stripe's error response for a request without a key."""
    message = "You did not provide an API key. You need to provide your API key in the Authorization header."
    return as_json(401, {"error": {"type": "invalid_request_error", "message": message}})


def key_of(request: Request) -> str:
    """Returns the request's key, which the SDK sends as a bearer token."""
    return request.headers.get("authorization", "").removeprefix("Bearer ")


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


def as_json(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Returns a response with an id, as all of Stripe's have one."""
    return JSONResponse(body, status, headers={"Request-Id": f"req_{secrets.token_hex(7)}", **(headers or {})})
