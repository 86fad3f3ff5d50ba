"""Stripe's errors for keys by their behaviour (https://docs.stripe.com/error-codes)."""

from base64 import b64decode
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox import errors
from sandbox.accounts import ACCOUNT_ID
from sandbox.keys import Behaviour
from sandbox.permissions import Rights

_RETRY_AFTER_SECONDS = "7"
_SHORT = 16  # masking would reveal almost all of shorter keys
_IP_ADDRESS = "The API key provided does not allow requests from your IP address"
_REVOKED = (
    "The provided key '{masked}' does not have access to account '{account}' (or that account does not exist). "
    "Application access may have been revoked."
)
_RATE = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."

ERRORS: dict[Behaviour, tuple[int, dict[str, str]]] = {
    Behaviour.REJECTED: (401, {"message": "Invalid API Key provided: {masked}"}),
    Behaviour.EXPIRED: (401, {"message": "Expired API Key provided: {masked}", "code": "api_key_expired"}),
    Behaviour.REVOKED: (403, {"message": _REVOKED, "code": "account_invalid"}),
    Behaviour.IP_BLOCKED: (403, {"message": f"{_IP_ADDRESS}."}),
    Behaviour.IP_UNAUTHORIZED: (401, {"message": f"{_IP_ADDRESS} (192.0.2.1)."}),
    Behaviour.FORBIDDEN: (403, {"message": "We're sorry, but we're unable to serve your request."}),
    Behaviour.PLATFORM_EXPIRED: (
        401,
        {
            "message": "Expired API Key provided: {masked}. Application access may have been revoked.",
            "code": "platform_api_key_expired",
        },
    ),
    Behaviour.PUBLISHABLE: (
        403,
        {
            "message": "This API call cannot be made with a publishable API key. Please use a secret API key. You can "
            "find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
            "code": "secret_key_required",
        },
    ),
    Behaviour.BAD_REQUEST: (400, {"message": "Invalid request.", "code": "parameter_unknown"}),
    Behaviour.FAILED_REQUEST: (402, {"message": "The request failed.", "type": "card_error"}),
    Behaviour.RATE_LIMITED: (429, {"message": _RATE, "code": "rate_limit"}),
    Behaviour.RETRY_AFTER: (429, {"message": _RATE, "code": "rate_limit"}),
    Behaviour.LOCKED: (
        429,
        {
            "message": "This object cannot be accessed right now because another API request or Stripe process is "
            "currently accessing it.",
            "code": "lock_timeout",
        },
    ),
    Behaviour.UNAVAILABLE: (500, {"message": "An unknown error occurred", "type": "api_error"}),
}
# https://docs.stripe.com/rate-limits documents the reason, and no Retry-After.
_HEADERS = {
    Behaviour.RATE_LIMITED: {"Stripe-Rate-Limited-Reason": "endpoint-rate"},
    Behaviour.RETRY_AFTER: {"Stripe-Rate-Limited-Reason": "endpoint-rate", "Retry-After": _RETRY_AFTER_SECONDS},
    Behaviour.LOCKED: {"Stripe-Should-Retry": "true"},
}

# The behaviours with which a call fails, whatever it asks for.
FAILING = {*ERRORS, Behaviour.WEB_PAGE, Behaviour.NOT_FOUND}


def error(behaviour: Behaviour, key: str, *, url: str = "", account_id: str = ACCOUNT_ID) -> Response:
    """Returns Stripe's response for a key with this behaviour. `url` is the method and the path."""
    if behaviour is Behaviour.WEB_PAGE:
        return HTMLResponse("<!doctype html><title>Sign in to the network</title>")
    if behaviour is Behaviour.NOT_FOUND:
        return errors.unrecognized(url)
    status, fields = ERRORS[behaviour]
    message = fields["message"].format(masked=masked(key), account=account_id)
    response = errors.error(status, **{**fields, "message": message})
    response.headers.update(_HEADERS.get(behaviour, {}))
    return response


def permission_missing(name: str, path: str, rights: Rights, key: str, account_id: str) -> Response:
    """Returns Stripe's response for a restricted key without a permission."""
    message, code = rights.error(name, path, key=masked(key), account=account_id)
    return errors.error(403, message, code=code)


def masked(key: str) -> str:
    """Returns a key as Stripe's messages quote it."""
    return f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > _SHORT else "*" * 8


def unauthenticated() -> Response:
    """Returns Stripe's response for a request without a key."""
    message = (
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer "
        "auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
    )
    return errors.error(401, message)


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
