"""The permissions of restricted keys: their names, their labels, and the calls that show whether a key has them.

Names: https://docs.stripe.com/stripe-apps/reference/permissions, read in November 2026, and those that Stripe's errors
ask for besides. A key's permission has the prefix `rak_`. Labels are the resource and the right, as in Stripe's newer
error ("Prices Read"); the Dashboard groups them, and may differ in a word.

Stripe has no call that lists the permissions of a key, so each is probed with a GET that needs it. Nothing is written
to find out, so nothing shows whether a key may write. Many products use the link that prefills a key, but Stripe does
not document it: show the list beside it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

_DASHBOARD = "https://dashboard.stripe.com"


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission. `probe` is a path that needs it, None if no call is known to tell."""

    label: str
    probe: str | None = None


# Each resource, its label, its rights, and the list that its permission to read opens.
_RESOURCES = (
    ("account_link", "Account Links", "w", None),
    ("apple_pay_domain", "Apple Pay Domains", "rw", None),
    ("application_fee", "Application Fees", "rw", "/v1/application_fees?limit=1"),
    ("balance", "Balance", "r", "/v1/balance"),
    ("balance_transaction_source", "Balance Transaction Sources", "r", "/v1/balance_transactions?limit=1"),
    ("billing_clock", "Test Clocks", "rw", None),
    ("billing_meter", "Billing Meters", "rw", "/v1/billing/meters?limit=1"),
    ("charge", "Charges and Refunds", "rw", "/v1/charges?limit=1"),
    ("checkout_session", "Checkout Sessions", "rw", "/v1/checkout/sessions?limit=1"),
    ("confirmation_token", "Confirmation Tokens", "r", None),
    ("confirmation_token_client", "Confirmation Tokens (Client)", "w", None),
    ("connected_account", "Connected Accounts", "r", "/v1/accounts?limit=1"),
    ("coupon", "Coupons", "rw", "/v1/coupons?limit=1"),
    ("credit_note", "Credit Notes", "rw", "/v1/credit_notes?limit=1"),
    ("customer", "Customers", "rw", "/v1/customers?limit=1"),
    ("customer_portal", "Customer Portal", "rw", None),
    ("dispute", "Disputes", "rw", "/v1/disputes?limit=1"),
    ("edit_link", "Edit Links", "w", None),
    ("elements", "Elements", "w", None),
    ("entitlement", "Entitlements", "r", "/v1/entitlements/features?limit=1"),
    ("event", "Events", "r", "/v1/events?limit=1"),
    ("file", "Files", "rw", "/v1/files?limit=1"),
    ("funding_instruction", "Funding Instructions", "r", None),
    ("invoice", "Invoices", "rw", "/v1/invoices?limit=1"),
    ("issuing_authorization", "Issuing Authorizations", "rw", None),
    ("issuing_card", "Issuing Cards", "rw", None),
    ("issuing_card_sensitive", "Issuing Card Numbers", "r", None),
    ("issuing_cardholder", "Issuing Cardholders", "rw", None),
    ("issuing_dispute", "Issuing Disputes", "rw", None),
    ("mandate", "Mandates", "rw", None),
    ("order", "Orders", "rw", None),
    ("payment_intent", "Payment Intents", "rw", "/v1/payment_intents?limit=1"),
    ("payment_links", "Payment Links", "rw", "/v1/payment_links?limit=1"),
    ("payment_method", "Payment Methods", "rw", "/v1/payment_methods?type=card&limit=1"),
    ("payout", "Payouts", "rw", "/v1/payouts?limit=1"),
    ("plan", "Prices", "rw", "/v1/prices?limit=1"),
    ("product", "Products", "rw", "/v1/products?limit=1"),
    ("promotion_code", "Promotion Codes", "rw", "/v1/promotion_codes?limit=1"),
    ("quote", "Quotes", "rw", "/v1/quotes?limit=1"),
    ("report_runs_and_report_types", "Report Runs and Report Types", "r", None),
    ("review", "Reviews", "rw", "/v1/reviews?limit=1"),
    ("secret", "Secrets", "w", None),
    ("setup_intent", "Setup Intents", "rw", "/v1/setup_intents?limit=1"),
    ("shipping_rate", "Shipping Rates", "rw", "/v1/shipping_rates?limit=1"),
    ("sku", "SKUs", "rw", None),
    ("source", "Sources", "rw", None),
    ("subscription", "Subscriptions", "rw", "/v1/subscriptions?limit=1"),
    ("tax_calculations_and_transactions", "Tax Calculations and Transactions", "rw", None),
    ("tax_rate", "Tax Rates", "rw", "/v1/tax_rates?limit=1"),
    ("tax_settings", "Tax Settings", "rw", None),
    ("terminal_configuration", "Terminal Configurations", "rw", None),
    ("terminal_connection_token", "Terminal Connection Tokens", "w", None),
    ("terminal_location", "Terminal Locations", "rw", None),
    ("terminal_reader", "Terminal Readers", "rw", None),
    ("token", "Tokens", "rw", None),
    ("top_up", "Top-ups", "rw", "/v1/topups?limit=1"),
    ("transfer", "Transfers", "rw", "/v1/transfers?limit=1"),
    ("usage_record", "Usage Records", "rw", None),
    ("user_email", "User Email", "r", None),
    ("webhook", "Webhook Endpoints", "rw", "/v1/webhook_endpoints?limit=1"),
    # Not in the reference, but named by Stripe's errors.
    ("accounts_kyc_basic", "Account Details", "r", "/v1/account"),
    ("accounts_kyc_id_numbers", "Account Id Numbers", "r", None),
    ("accounts_kyc_raw_bank_details", "Account Bank Details", "r", None),
    ("api_key", "API Keys", "w", None),
    ("app_install", "App Installations", "w", None),
    ("billing_cadence", "Billing Cadences", "r", None),
)
_RIGHTS = {"r": "Read", "w": "Write"}


def _permissions() -> Iterator[tuple[str, Permission]]:
    for resource, label, rights, path in _RESOURCES:
        for right in rights:
            word = _RIGHTS[right]
            yield f"{resource}_{word.lower()}", Permission(f"{label} {word}", path if right == "r" else None)


PERMISSIONS: Mapping[str, Permission] = dict(_permissions())


def create_key_url(names: Iterable[str], *, livemode: bool) -> str:
    """The page of the Stripe Dashboard that creates a restricted key, with these permissions filled in."""
    path = "/apikeys/create" if livemode else "/test/apikeys/create"
    filled_in = [("name", "Drawbridge"), *(("permissions[]", f"rak_{name}") for name in names)]
    return f"{_DASHBOARD}{path}?{urlencode(filled_in)}"
