"""The sandbox's two accounts (https://docs.stripe.com/api/accounts/object)."""

from typing import Any

ACCOUNT_ID = "acct_1SandboxDrawbridge"
OTHER_ACCOUNT_ID = "acct_1SandboxOther"
_CREATED = 1_700_000_000
_NAMES = {ACCOUNT_ID: "Sandbox Business", OTHER_ACCOUNT_ID: "Other Sandbox Business"}


def account(account_id: str) -> dict[str, Any]:
    """Returns a standard account that is fully set up, as its owner and its platform see it."""
    name, other = _NAMES.get(account_id, account_id), account_id == OTHER_ACCOUNT_ID
    return {
        "id": account_id,
        "object": "account",
        "business_profile": _business_profile(name),
        "business_type": "company",
        "capabilities": {"card_payments": "active", "link_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "DE" if other else "US",
        "created": _CREATED,
        "default_currency": default_currency(account_id),
        "details_submitted": True,
        "email": "owner@example.com",
        "future_requirements": _requirements(),
        "metadata": {},
        "payouts_enabled": True,
        "requirements": _requirements(),
        "settings": _settings(name),
        "tos_acceptance": {"date": _CREATED},
        "type": "standard",
    }


def default_currency(account_id: str) -> str:
    """Returns the currency of an account's country."""
    return "eur" if account_id == OTHER_ACCOUNT_ID else "usd"


def _business_profile(name: str) -> dict[str, Any]:
    return {
        "annual_revenue": None,
        "estimated_worker_count": None,
        "mcc": None,
        "minority_owned_business_designation": None,
        "name": name,
        "product_description": None,
        "support_address": None,
        "support_email": None,
        "support_phone": None,
        "support_url": None,
        "url": None,
    }


def _requirements() -> dict[str, Any]:
    lists: dict[str, Any] = {
        part: [] for part in ("alternatives", "currently_due", "errors", "eventually_due", "past_due")
    }
    return lists | {"current_deadline": None, "disabled_reason": None, "pending_verification": []}


def _settings(name: str) -> dict[str, Any]:
    descriptor = "SANDBOX"
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": descriptor,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": name, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
        "payments": {
            "statement_descriptor": descriptor,
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "manual"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }
