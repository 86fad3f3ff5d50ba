"""Permissions of restricted keys, and how Stripe reports a missing one.

Stripe's API reference does not name the permission of a path. These names are from
https://docs.stripe.com/stripe-apps/reference/permissions, with which Stripe's errors agree.
"""

from dataclasses import dataclass
from enum import StrEnum

OWN_ACCOUNT = "accounts_kyc_basic"
OWN_ACCOUNT_PATH = "account"
# By the path below /v1, the permission for it, without `rak_` and `_read` or `_write`.
PERMISSION_OF_PATH = {
    OWN_ACCOUNT_PATH: OWN_ACCOUNT,
    "accounts": "connected_account",
    "application_fees": "application_fee",
    "balance": "balance",
    "balance_transactions": "balance_transaction_source",
    "billing/meters": "billing_meter",
    "charges": "charge",
    "checkout/sessions": "checkout_session",
    "coupons": "coupon",
    "credit_notes": "credit_note",
    "customers": "customer",
    "disputes": "dispute",
    "entitlements/features": "entitlement",
    "events": "event",
    "files": "file",
    "invoices": "invoice",
    "payment_intents": "payment_intent",
    "payment_links": "payment_links",
    "payment_methods": "payment_method",
    "payouts": "payout",
    "prices": "plan",
    "products": "product",
    "promotion_codes": "promotion_code",
    "quotes": "quote",
    "refunds": "charge",
    "reviews": "review",
    "setup_intents": "setup_intent",
    "shipping_rates": "shipping_rate",
    "subscriptions": "subscription",
    "tax_rates": "tax_rate",
    "topups": "top_up",
    "transfers": "transfer",
    "webhook_endpoints": "webhook",
}
PERMISSIONS = frozenset(f"{noun}_{right}" for noun in PERMISSION_OF_PATH.values() for right in ("read", "write"))
# A permission that includes others.
_INCLUDED = {
    "balance_transaction_source": ("application_fee", "balance", "transfer"),
    "invoice": ("credit_note",),
}


class Wording(StrEnum):
    """The words of Stripe's 403 for a missing permission. Stripe has changed them, and they have no code."""

    OLDER = "older"
    NEWER = "newer"
    APP = "app"
    OTHER = "other"


_BEGINNING = "The provided key '{key}' does not have the required permissions for this endpoint on account '{account}'."
_MESSAGES = {
    Wording.OLDER: f"{_BEGINNING} Having the 'rak_{{name}}' permission would allow this request to continue.",
    Wording.NEWER: (
        f"Permission denied. {_BEGINNING} Enabling \"{{title}}\" ('{{name}}') permissions on this key would allow this "
        "request to continue."
    ),
    Wording.APP: "Having the '{name}' permission would allow this request to continue.",
    Wording.OTHER: (
        "This is a restricted API key, but the required permissions are not available for use by restricted keys."
    ),
}


class UnknownPermissionsError(ValueError):
    """The sandbox has no permissions of these names."""


@dataclass(frozen=True, slots=True)
class Rights:
    """The permissions of a key, and the words in which a missing one is reported."""

    permissions: frozenset[str]
    wording: Wording = Wording.OLDER

    @property
    def is_restricted(self) -> bool:
        return self.permissions < PERMISSIONS

    def lacks(self, path: str, method: str) -> str | None:
        """Returns the permission that a request needs and the key does not have. Write includes read."""
        noun = PERMISSION_OF_PATH[path]
        needed = f"{noun}_{'read' if method == 'GET' else 'write'}"
        enough = {needed, f"{noun}_write"}
        return None if enough & self.permissions else needed

    def error(self, name: str, path: str, *, key: str, account: str) -> tuple[str, str]:
        """Returns the message and the code of Stripe's error for a missing permission. `key` is masked."""
        title = f"{path.replace('/', ' ').replace('_', ' ').title()} {_right(name).title()}"
        message = _MESSAGES[self.wording].format(key=key, account=account, name=name, title=title)
        return message, "more_permissions_required_for_application" if self.wording is Wording.APP else ""


def permissions_of(text: str) -> frozenset[str]:
    """Parses names that are separated by spaces or commas, with or without `rak_`; raises UnknownPermissionsError."""
    names = {name.removeprefix("rak_") for name in text.replace(",", " ").split()}
    if unknown := names - PERMISSIONS:
        raise UnknownPermissionsError(", ".join(sorted(unknown)))
    return frozenset(names | {f"{inner}_{_right(name)}" for name in names for inner in _INCLUDED.get(_noun(name), ())})


def _noun(name: str) -> str:
    return name.rpartition("_")[0]


def _right(name: str) -> str:
    return name.rpartition("_")[2]
