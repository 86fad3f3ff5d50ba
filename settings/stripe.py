"""Settings of Stripe, and of the platform that connects accounts there."""

from dataclasses import dataclass

from kit.secret import Secret
from settings.reading import between, client_id, http_url, return_urls, secret, setting

STRIPE_ITSELF = "https://api.stripe.com"
_OF_THE_SANDBOX = "the sandbox's in development, none in production"


@dataclass(frozen=True)
class StripeSettings:
    """Where Stripe is, and who the platform is there."""

    return_urls: frozenset[str] = setting(
        return_urls,
        "",
        "none",
        "`https://app.example.com/stripe,…`: where Stripe's answers may be taken to, besides the console. Origin and "
        "path match exactly.",
    )
    stripe_api_base: str | None = setting(
        http_url,
        None,
        "the sandbox in development, Stripe in production",
        "Where Stripe's API and its OAuth pages are; `https://api.stripe.com` stands for Stripe itself.",
    )
    stripe_timeout_seconds: float = setting(
        between(float, 0.1, 60), "10", "`10`", "How long to wait for Stripe, retries included: 0.1 to 60."
    )
    stripe_auth_ttl_seconds: float = setting(
        between(float, 1, 86_400),
        "600",
        "`600`",
        "How long a user has to approve access at Stripe, from 1 second to a day.",
    )
    stripe_live_secret_key: Secret | None = setting(
        secret, None, _OF_THE_SANDBOX, "The platform's secret key of live mode: `sk_live_…` or `rk_live_…`."
    )
    stripe_live_client_id: str | None = setting(
        client_id, None, _OF_THE_SANDBOX, "The platform's client id of live mode: `ca_…`."
    )
    stripe_live_webhook_secret: Secret | None = setting(
        secret, None, _OF_THE_SANDBOX, "The signing secret of the Connect endpoint of live mode: `whsec_…`."
    )
    stripe_test_secret_key: Secret | None = setting(
        secret, None, _OF_THE_SANDBOX, "The platform's secret key of test mode: `sk_test_…` or `rk_test_…`."
    )
    stripe_test_client_id: str | None = setting(
        client_id, None, _OF_THE_SANDBOX, "The platform's client id of test mode: `ca_…`."
    )
    stripe_test_webhook_secret: Secret | None = setting(
        secret, None, _OF_THE_SANDBOX, "The signing secret of the Connect endpoint of test mode: `whsec_…`."
    )
