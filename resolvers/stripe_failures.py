"""Advice to users about failed calls to Stripe: one message for each cause. docs/stripe-failures.md lists them."""

from adapters.stripe.causes import Cause
from adapters.stripe.gateway import StripeUnavailableError
from resolvers.refusals import StripeUnavailable

_REQUEST = "Stripe did not accept this server's request. Nothing was saved. Ask the operator to look into the logs."
_PLATFORM = "Nothing was saved. Ask the operator to correct this server's Stripe settings, then try again."
ADVICE = {
    Cause.IP_NOT_ALLOWED: "Stripe rejects requests from this server's IP address. Nothing was saved. Allow the address "
    "in the Stripe Dashboard.",
    Cause.FORBIDDEN: "Stripe refused the request without saying that the key is wrong. Nothing was saved. Try again "
    "later.",
    Cause.STRIPE_FAILED: "Stripe failed to respond properly. Nothing was saved. Try again.",
    Cause.TIMED_OUT: "Stripe did not respond in time. Nothing was saved. Try again.",
    Cause.CONNECTION_LOST: "The connection to Stripe was lost. Nothing was saved. Try again.",
    Cause.UNREACHABLE: "Stripe could not be reached. Nothing was saved. Try again.",
    Cause.TLS_FAILED: "No secure connection to Stripe could be made. Nothing was saved. Ask the operator to check the "
    "certificates that this server trusts.",
    Cause.PROXY_FAILED: "The proxy on the way to Stripe refused to connect. Nothing was saved. Ask the operator to "
    "check it.",
    Cause.MALFORMED_RESPONSE: "Something else than Stripe responded. Nothing was saved. Ask the operator to check this "
    "server's connection to Stripe.",
    Cause.REQUEST_REFUSED: _REQUEST,
    Cause.REQUEST_FAILED: _REQUEST,
    Cause.NOT_FOUND: _REQUEST,
    Cause.PLATFORM_KEY_REFUSED: f"Stripe rejects this server's own key. {_PLATFORM}",
    Cause.PLATFORM_PERMISSION_MISSING: f"This server's own key lacks a permission at Stripe. {_PLATFORM}",
}


def unavailable(error: StripeUnavailableError) -> StripeUnavailable:
    """The refusal for a failed call."""
    if error.cause is Cause.RATE_LIMITED:
        when = "" if error.retry_after is None else f" in {error.retry_after} s"
        limited = f"Stripe is limiting requests. Nothing was saved. Try again{when}."
        return StripeUnavailable(limited, error.retry_after)
    return StripeUnavailable(ADVICE[error.cause], error.retry_after)
