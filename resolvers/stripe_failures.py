"""Advice to users about failed calls to Stripe: one message for each cause. docs/stripe-failures.md lists them."""

from adapters.stripe.causes import Cause
from adapters.stripe.gateway import StripeUnavailableError
from resolvers.refusals import StripeUnavailable

# Each text has this sentence, for those who wanted to save something.
_UNSAVED = "Nothing was saved. "
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


def unavailable(error: StripeUnavailableError, *, saving: bool = True) -> StripeUnavailable:
    """The refusal for a failed call. Unless it was about `saving` something, nobody expects that."""
    advice = _limited(error.retry_after) if error.cause is Cause.RATE_LIMITED else ADVICE[error.cause]
    return StripeUnavailable(advice if saving else advice.replace(_UNSAVED, ""), error.retry_after)


def _limited(retry_after: int | None) -> str:
    when = "" if retry_after is None else f" in {retry_after} s"
    return f"Stripe is limiting requests. {_UNSAVED}Try again{when}."
