"""Payments, refunds and payouts. Each succeeds at once, except those of the card that is always declined."""

import secrets
from typing import Any

from sandbox.errors import refusal
from sandbox.resources.ledger import Object
from sandbox.resources.parameters import boolean, currency, group, mapping, one_of, positive, text, texts
from sandbox.resources.resource import Creation, Resource, build

_DECLINED = "chargeDeclined"  # as in https://docs.stripe.com/testing: pm_card_chargeDeclined, tok_chargeDeclined
_CUSTOMER = {"customer": ("customers", "customer")}
_DAY_SECONDS = 86_400


def _finish_payment_intent(creation: Creation) -> None:
    new, given = creation.new, creation.given
    new["client_secret"] = f"{new['id']}_secret_{secrets.token_hex(12)}"
    if new["automatic_payment_methods"]:
        new["automatic_payment_methods"] = {"allow_redirects": "always"} | new["automatic_payment_methods"]
    if given.get("confirm"):
        _pay(creation)
    elif new["payment_method"]:
        new["status"] = "requires_confirmation"


def _pay(creation: Creation) -> None:
    new = creation.new
    if not new["payment_method"]:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. Update the PaymentIntent "
            "with a payment method and then confirm it again."
        )
        raise refusal(400, message, code="payment_intent_unexpected_state")
    copied = ("amount", "currency", "customer", "description", "payment_method", "receipt_email")
    values = {name: new[name] for name in copied} | {"payment_intent": new["id"]}
    charge = build(creation.ledger, "charges", CHARGE, values, creation.origin)
    new |= {"amount_received": new["amount"], "latest_charge": charge["id"], "status": "succeeded"}


def _finish_charge(creation: Creation) -> None:
    new, source = creation.new, creation.given.get("source") or creation.new["payment_method"]
    if source is None and new["customer"] is None:
        raise refusal(400, "Must provide source or customer.", code="parameter_missing")
    if _DECLINED in (source or ""):
        raise refusal(402, "Your card was declined.", code="card_declined", type="card_error")
    new["captured"] = creation.given.get("capture", True)
    if new["captured"]:
        new["amount_captured"] = new["amount"]
        creation.ledger.balance[new["currency"]] += new["amount"]


def _finish_refund(creation: Creation) -> None:
    new, charge = creation.new, _refunded_charge(creation)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise refusal(400, message, code="charge_already_refunded")
    new["amount"] = new["amount"] or left
    if new["amount"] > left:
        message = f"Refund amount ({new['amount']}) is greater than unrefunded amount on charge ({left})"
        raise refusal(400, message, param="amount")
    new |= {"charge": charge["id"], "currency": charge["currency"], "payment_intent": charge["payment_intent"]}
    charge["amount_refunded"] += new["amount"]
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    creation.ledger.balance[new["currency"]] -= new["amount"]
    creation.ledger.record("charge.refunded", charge, creation.origin)


def _refunded_charge(creation: Creation) -> Object:
    ledger, given = creation.ledger, creation.given
    if "charge" in given:
        return ledger.find("charges", "charge", given["charge"], "charge")
    if "payment_intent" not in given:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise refusal(400, message, code="parameter_missing")
    intent = ledger.find("payment_intents", "payment_intent", given["payment_intent"], "payment_intent")
    if intent["latest_charge"] is None:
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise refusal(400, message, code="payment_intent_unexpected_state")
    return ledger.find("charges", "charge", intent["latest_charge"], "payment_intent")


def _finish_payout(creation: Creation) -> None:
    new, balance = creation.new, creation.ledger.balance
    if new["amount"] > balance[new["currency"]]:
        message = "You have insufficient funds in your Stripe account for this payout."
        raise refusal(400, message, code="balance_insufficient")
    balance[new["currency"]] -= new["amount"]
    new["arrival_date"] = new["created"] + _DAY_SECONDS


_PAID: dict[str, Any] = {
    "amount": positive,
    "currency": currency,
    "customer": text,
    "description": text,
    "metadata": mapping,
    "receipt_email": text,
    "statement_descriptor_suffix": text,
}
PAYMENT_INTENT = Resource(
    "payment_intent",
    "pi_3",
    parameters={
        **_PAID,
        "automatic_payment_methods": group("enabled", enabled=boolean, allow_redirects=one_of("always", "never")),
        "capture_method": one_of("automatic", "automatic_async"),
        "confirm": boolean,
        "off_session": boolean,
        "payment_method": text,
        "payment_method_types": texts,
        "return_url": text,
        "setup_future_usage": one_of("off_session", "on_session"),
    },
    required=("amount", "currency"),
    references=_CUSTOMER,
    filters={"customer": text},
    finish=_finish_payment_intent,
)
CHARGE = Resource(
    "charge",
    "ch_3",
    parameters={**_PAID, "capture": boolean, "source": text},
    required=("amount", "currency"),
    references=_CUSTOMER,
    filters={"customer": text, "payment_intent": text},
    finish=_finish_charge,
    event="charge.succeeded",
)
REFUND = Resource(
    "refund",
    "re_3",
    parameters={
        "amount": positive,
        "charge": text,
        "metadata": mapping,
        "payment_intent": text,
        "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    },
    filters={"charge": text, "payment_intent": text},
    finish=_finish_refund,
)
PAYOUT = Resource(
    "payout",
    "po_1",
    parameters={
        "amount": positive,
        "currency": currency,
        "description": text,
        "metadata": mapping,
        "method": one_of("instant", "standard"),
        "statement_descriptor": text,
    },
    required=("amount", "currency"),
    filters={"status": text},
    finish=_finish_payout,
)
