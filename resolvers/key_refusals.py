"""The refusal of a secret key, with its reasons and the advice for each."""

from enum import StrEnum

from resolvers.refusals import Refusal


class InvalidSecretKeyReason(StrEnum):
    """The reasons for which a secret key is rejected."""

    MALFORMED = "MALFORMED"
    MASKED_KEY = "MASKED_KEY"
    PUBLISHABLE_KEY = "PUBLISHABLE_KEY"
    ORGANIZATION_KEY = "ORGANIZATION_KEY"
    WEBHOOK_SECRET = "WEBHOOK_SECRET"  # noqa: S105 - a name
    APP_SECRET = "APP_SECRET"  # noqa: S105 - a name
    REFRESH_TOKEN = "REFRESH_TOKEN"  # noqa: S105 - a name
    AUTHORIZATION_CODE = "AUTHORIZATION_CODE"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    ACCOUNT_CHANGED = "ACCOUNT_CHANGED"
    UNRESTRICTED_KEY = "UNRESTRICTED_KEY"
    PERMISSIONS_MISSING = "PERMISSIONS_MISSING"
    IP_NOT_ALLOWED = "IP_NOT_ALLOWED"


_KEY_ADVICE = {
    InvalidSecretKeyReason.MALFORMED: (
        "This is not a Stripe secret key. Secret keys begin with sk_live_, sk_test_, rk_live_ or rk_test_."
    ),
    InvalidSecretKeyReason.MASKED_KEY: (
        "This is a masked key, of which only the ends are shown. Reveal it in the Stripe Dashboard, and copy all of it."
    ),
    InvalidSecretKeyReason.PUBLISHABLE_KEY: (
        "This is a publishable key. Use the secret key, which begins with sk_ or rk_."
    ),
    InvalidSecretKeyReason.ORGANIZATION_KEY: "This is an organization key. Use the secret key of one Stripe account.",
    InvalidSecretKeyReason.WEBHOOK_SECRET: (
        "This is the signing secret of a webhook endpoint. Use the secret key, which begins with sk_ or rk_."
    ),
    InvalidSecretKeyReason.APP_SECRET: (
        "This is the signing secret of a Stripe app. Use the secret key, which begins with sk_ or rk_."
    ),
    InvalidSecretKeyReason.REFRESH_TOKEN: (
        "This is a refresh token of OAuth. Use the secret key, which begins with sk_ or rk_."
    ),
    InvalidSecretKeyReason.AUTHORIZATION_CODE: (
        "This is an authorization code of OAuth. Use the secret key, which begins with sk_ or rk_."
    ),
    InvalidSecretKeyReason.REJECTED: (
        "The secret key is invalid: Stripe does not accept it. Check it in the Stripe Dashboard."
    ),
    InvalidSecretKeyReason.EXPIRED: "This secret key has expired. Use its replacement from the Stripe Dashboard.",
    InvalidSecretKeyReason.ACCOUNT_CHANGED: (
        "This secret key belongs to a different Stripe account or mode than the current one."
    ),
    InvalidSecretKeyReason.UNRESTRICTED_KEY: "Only restricted keys are accepted.",
    InvalidSecretKeyReason.PERMISSIONS_MISSING: "The key lacks a required permission.",
    InvalidSecretKeyReason.IP_NOT_ALLOWED: (
        "Stripe rejects this secret key from this server's IP address. Allow the address in the Stripe Dashboard."
    ),
}


class InvalidSecretKey(Refusal):
    """The secret key was rejected, and nothing was saved. `advice` replaces the reason's own text."""

    def __init__(self, reason: InvalidSecretKeyReason, advice: str | None = None) -> None:
        super().__init__(advice or _KEY_ADVICE[reason])
        self.reason = reason
