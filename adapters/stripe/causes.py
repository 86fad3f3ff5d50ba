"""The causes for which a call to Stripe fails. docs/stripe-failures.md lists the outcome of each.

One status has several causes, and some differ in Stripe's words only (https://docs.stripe.com/error-handling,
https://docs.stripe.com/error-codes). These words are compared, and never passed on: they may quote a key.
"""

import logging
import re
import ssl
from collections.abc import Iterator
from enum import Enum

import httpx
import stripe
from stripe import oauth_error

_IP_ADDRESS = "IP address"
_PERMISSIONS = "does not have the required permissions"
_APP_PERMISSIONS = "more_permissions_required_for_application"
# Stripe says: Passed in livemode API key but authorization code only supports returning test keys.
_MODE = re.compile(r"\b(live|test)[ -]?(mode|keys?)\b", re.IGNORECASE)


class Cause(Enum):
    """`level` and `text` are those of the log line. The name in lower case is the label in /metrics."""

    KEY_REJECTED = logging.INFO, "Stripe does not recognize the key"
    KEY_EXPIRED = logging.INFO, "Stripe reports that the key has expired"
    ACCESS_REVOKED = logging.INFO, "Stripe reports that access to the account was revoked"
    PERMISSION_MISSING = logging.INFO, "The key is valid, but may not read its account"
    IP_NOT_ALLOWED = logging.WARNING, "Stripe rejects the key from this server's IP address"
    FORBIDDEN = logging.WARNING, "Stripe refused the request without a reason that concerns the key"
    RATE_LIMITED = logging.WARNING, "Stripe is limiting requests"
    STRIPE_FAILED = logging.WARNING, "Stripe failed"
    TIMED_OUT = logging.WARNING, "Stripe did not respond in time"
    CONNECTION_LOST = logging.WARNING, "The connection to Stripe was lost"
    UNREACHABLE = logging.WARNING, "Stripe could not be reached"
    TLS_FAILED = logging.ERROR, "No TLS connection to Stripe: its certificate is not trusted, or the handshake failed"
    PROXY_FAILED = logging.ERROR, "The proxy on the way to Stripe refused to connect"
    MALFORMED_RESPONSE = logging.ERROR, "The response is not in Stripe's format"
    REQUEST_REFUSED = logging.ERROR, "Stripe rejected the request as invalid"
    REQUEST_FAILED = logging.ERROR, "Stripe reports that the request failed (402)"
    NOT_FOUND = logging.ERROR, "Stripe does not know the URL: check DRAWBRIDGE_STRIPE_API_BASE"
    PLATFORM_KEY_REFUSED = logging.ERROR, "Stripe rejects the platform's secret key or client id: check the settings"
    PLATFORM_PERMISSION_MISSING = logging.ERROR, "The platform's secret key lacks a permission at Stripe"
    CODE_REFUSED = logging.INFO, "Stripe does not accept the authorization code"
    WRONG_MODE = logging.INFO, "The authorization code belongs to Stripe's other mode"
    OAUTH_REFUSED = logging.ERROR, "Stripe rejected the OAuth request"
    REFRESH_REFUSED = logging.INFO, "Stripe does not accept the refresh token"

    def __init__(self, level: int, text: str) -> None:
        self.level = level
        self.text = text

    @property
    def label(self) -> str:
        return self.name.lower()


# With these, Stripe has not looked at the request, and the same one can be sent again.
UNPROCESSED = frozenset(
    {
        Cause.RATE_LIMITED,
        Cause.UNREACHABLE,
        Cause.TLS_FAILED,
        Cause.PROXY_FAILED,
        Cause.IP_NOT_ALLOWED,
        Cause.FORBIDDEN,
        Cause.PLATFORM_KEY_REFUSED,
        Cause.PLATFORM_PERMISSION_MISSING,
    }
)
_OF_PLATFORM = {
    Cause.KEY_REJECTED: Cause.PLATFORM_KEY_REFUSED,
    Cause.KEY_EXPIRED: Cause.PLATFORM_KEY_REFUSED,
    Cause.ACCESS_REVOKED: Cause.PLATFORM_KEY_REFUSED,
    Cause.PERMISSION_MISSING: Cause.PLATFORM_PERMISSION_MISSING,
}
_OF_STATUS = {402: Cause.REQUEST_FAILED, 404: Cause.NOT_FOUND, 407: Cause.PROXY_FAILED, 429: Cause.RATE_LIMITED}


def cause_of(error: Exception, status: int | None, *, as_platform: bool) -> Cause:
    """The cause of an error of the SDK. `status` is that of the response, if there was one.

    `as_platform` says that the call was made with the platform's key, whose refusals concern the operator.
    """
    if isinstance(error, stripe.APIConnectionError):
        return _cause_of_connection(error)
    if isinstance(error, TimeoutError):
        return Cause.TIMED_OUT
    if isinstance(error, oauth_error.OAuthError):
        return _cause_of_oauth_error(error)
    if isinstance(error, stripe.StripeError):
        cause = _cause_of_response(error)
        return _OF_PLATFORM.get(cause, cause) if as_platform else cause
    # The SDK cannot parse the response. It fails so for OAuth errors that it does not know, too.
    if status is not None and status >= 500:
        return Cause.STRIPE_FAILED
    is_refusal = as_platform and status is not None and status >= 400
    return Cause.OAUTH_REFUSED if is_refusal else Cause.MALFORMED_RESPONSE


def _cause_of_connection(error: Exception) -> Cause:
    causes = list(_chain(error))

    def among(*types: type[BaseException]) -> bool:
        return any(isinstance(cause, types) for cause in causes)

    if among(httpx.ProxyError):
        return Cause.PROXY_FAILED
    if among(httpx.ConnectError, httpx.ConnectTimeout):
        return Cause.TLS_FAILED if among(ssl.SSLError) else Cause.UNREACHABLE
    return Cause.TIMED_OUT if among(httpx.TimeoutException) else Cause.CONNECTION_LOST


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _cause_of_oauth_error(error: oauth_error.OAuthError) -> Cause:
    """https://docs.stripe.com/connect/oauth-reference#post-token-errors."""
    message = str(error.user_message or "")
    if _IP_ADDRESS in message:
        return Cause.IP_NOT_ALLOWED
    if isinstance(error, oauth_error.InvalidClientError):
        return Cause.PLATFORM_KEY_REFUSED
    if isinstance(error, oauth_error.InvalidGrantError):
        return Cause.WRONG_MODE if _MODE.search(message) else Cause.CODE_REFUSED
    return Cause.STRIPE_FAILED if (error.http_status or 0) >= 500 else Cause.OAUTH_REFUSED


def _cause_of_response(error: stripe.StripeError) -> Cause:
    status, code, message = error.http_status or 0, _code_of(error), str(error.user_message or "")
    if status >= 500:
        return Cause.STRIPE_FAILED
    if code == "rate_limit":
        return Cause.RATE_LIMITED
    if status in _OF_STATUS:
        return _OF_STATUS[status]
    if status < 400 or not isinstance(getattr(error.error, "type", None), str):
        return Cause.MALFORMED_RESPONSE  # such as a proxy's own 401 or 403
    if status in {401, 403}:
        return _cause_of_refusal(status, code, message)
    return Cause.REQUEST_REFUSED


def _cause_of_refusal(status: int, code: str | None, message: str) -> Cause:
    if _IP_ADDRESS in message:  # reported with either status
        return Cause.IP_NOT_ALLOWED
    if code in {"account_invalid", "platform_api_key_expired"}:
        return Cause.ACCESS_REVOKED
    if status == 401:
        return Cause.KEY_EXPIRED if code == "api_key_expired" else Cause.KEY_REJECTED
    return Cause.PERMISSION_MISSING if _PERMISSIONS in message or code == _APP_PERMISSIONS else Cause.FORBIDDEN


def _code_of(error: stripe.StripeError) -> str | None:
    """The error's code, which the SDK sets only on the error object for 401, 403 and 429."""
    code = getattr(error.error, "code", None)
    return code if isinstance(code, str) else None
