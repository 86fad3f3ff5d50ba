"""Responses in Stripe's format (https://docs.stripe.com/api/errors, https://docs.stripe.com/api/accounts/object)."""

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

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
    Behaviour.RATE_LIMITED: (429, {"message": "Request rate limit exceeded.", "code": "rate_limit"}),
    Behaviour.UNAVAILABLE: (500, {"message": "An unknown error occurred", "type": "api_error"}),
}


def error(behaviour: Behaviour, key: str) -> JSONResponse:
    """Returns Stripe's error response for a key with this behaviour."""
    status, body = _ERRORS[behaviour]
    message = body["message"].replace("{masked}", f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > _SHORT else "*" * 8)
    headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)} if status == 429 else {}
    return _json(status, {"error": {"type": "invalid_request_error", **body, "message": message}}, headers)


def unauthenticated() -> JSONResponse:
    """Returns Stripe's error response for a request without a key."""
    message = "You did not provide an API key. You need to provide your API key in the Authorization header."
    return _json(401, {"error": {"type": "invalid_request_error", "message": message}})


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
    return _json(200, body)


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body, status, headers={"Request-Id": f"req_{secrets.token_hex(7)}", **(headers or {})})
