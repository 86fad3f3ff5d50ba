"""Customers, products, prices, invoices and subscriptions. Invoices stay empty drafts, and subscriptions are active."""

from typing import Any

from sandbox.accounts import account, default_currency
from sandbox.errors import refusal
from sandbox.resources.ledger import Object
from sandbox.resources.parameters import (
    boolean,
    currency,
    group,
    integer,
    mapping,
    missing,
    one_of,
    positive,
    several,
    text,
    texts,
)
from sandbox.resources.resource import Creation, Resource, blank, build

_DAY_SECONDS = 86_400
# Stripe counts by the calendar.
_INTERVAL_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_CUSTOMER = {"customer": ("customers", "customer")}
_ADDRESS = group(**dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), text))
_COLLECTION: dict[str, Any] = {
    "collection_method": one_of("charge_automatically", "send_invoice"),
    "days_until_due": positive,
}


def _finish_customer(creation: Creation) -> None:
    creation.new["invoice_prefix"] = creation.new["id"][-8:].upper()
    if creation.new["address"]:
        creation.new["address"] = _complete(creation.new["address"])


def _complete(address: dict[str, str]) -> dict[str, str | None]:
    return dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")) | address


def _finish_product(creation: Creation) -> None:
    creation.new["updated"] = creation.new["created"]


def _finish_price(creation: Creation) -> None:
    new, given = creation.new, creation.given
    if "product_data" in given:
        product = build(creation.ledger, "products", PRODUCT, given["product_data"], creation.origin)
        new["product"] = product["id"]
    if new["product"] is None:
        raise missing("product")
    new["unit_amount_decimal"] = str(new["unit_amount"])
    if new["recurring"]:
        new["recurring"] = {"interval_count": 1, "meter": None, "usage_type": "licensed"} | new["recurring"]
        new["type"] = "recurring"


def _finish_invoice(creation: Creation) -> None:
    new, ledger = creation.new, creation.ledger
    customer, owner = ledger.find("customers", "customer", new["customer"]), account(ledger.account_id)
    new |= {f"customer_{name}": customer[name] for name in ("address", "email", "name", "phone")}
    new |= {"account_country": owner["country"], "account_name": owner["business_profile"]["name"]}
    new["currency"] = new["currency"] or default_currency(ledger.account_id)
    new["period_start"] = new["period_end"] = new["created"]
    new["lines"]["url"] = f"/v1/invoices/{new['id']}/lines"
    if days := _days_until_due(creation):
        new["due_date"] = new["created"] + days * _DAY_SECONDS


def _days_until_due(creation: Creation) -> int | None:
    days: int | None = creation.given.get("days_until_due")
    if creation.new["collection_method"] == "send_invoice" and days is None:
        raise missing("days_until_due")
    return days


def _finish_subscription(creation: Creation) -> None:
    new, ledger = creation.new, creation.ledger
    _days_until_due(creation)
    new["start_date"] = new["billing_cycle_anchor"] = new["created"]
    prices = [ledger.find("prices", "price", each["price"], "items[0][price]") for each in creation.given["items"]]
    if any(price["recurring"] is None for price in prices):
        raise refusal(400, "The price specified is not a recurring price.", param="items[0][price]")
    if len({price["currency"] for price in prices}) != 1:
        raise refusal(400, "A subscription needs prices of one currency.", param="items")
    new["currency"] = prices[0]["currency"]
    items = [_item(creation, price, each) for price, each in zip(prices, creation.given["items"], strict=True)]
    url = f"/v1/subscription_items?subscription={new['id']}"
    new["items"] = {"object": "list", "data": items, "has_more": False, "url": url}


def _item(creation: Creation, price: Object, given: dict[str, Any]) -> Object:
    recurring = price["recurring"]
    seconds = _INTERVAL_DAYS[recurring["interval"]] * recurring["interval_count"] * _DAY_SECONDS
    item = blank("subscription_item", "si_", creation.ledger)
    period = {"current_period_start": item["created"], "current_period_end": item["created"] + seconds}
    return item | given | period | {"price": price, "subscription": creation.new["id"]}


CUSTOMER = Resource(
    "customer",
    "cus_",
    parameters={
        "address": _ADDRESS,
        "balance": integer,
        "description": text,
        "email": text,
        "metadata": mapping,
        "name": text,
        "phone": text,
        "preferred_locales": texts,
    },
    filters={"email": text},
    finish=_finish_customer,
)
_PRODUCT: dict[str, Any] = {
    "active": boolean,
    "metadata": mapping,
    "name": text,
    "statement_descriptor": text,
    "unit_label": text,
}
PRODUCT = Resource(
    "product",
    "prod_",
    parameters={**_PRODUCT, "description": text, "images": texts, "shippable": boolean, "url": text},
    required=("name",),
    filters={"active": boolean},
    finish=_finish_product,
)
PRICE = Resource(
    "price",
    "price_1",
    parameters={
        "active": boolean,
        "currency": currency,
        "lookup_key": text,
        "metadata": mapping,
        "nickname": text,
        "product": text,
        "product_data": group("name", **_PRODUCT),
        "recurring": group("interval", interval=one_of(*_INTERVAL_DAYS), interval_count=positive),
        "tax_behavior": one_of("exclusive", "inclusive", "unspecified"),
        "unit_amount": integer,
    },
    required=("currency", "unit_amount"),
    references={"product": ("products", "product")},
    filters={"active": boolean, "currency": currency, "product": text, "type": one_of("one_time", "recurring")},
    finish=_finish_price,
)
INVOICE = Resource(
    "invoice",
    "in_1",
    parameters={
        **_COLLECTION,
        "auto_advance": boolean,
        "currency": currency,
        "customer": text,
        "description": text,
        "footer": text,
        "metadata": mapping,
    },
    required=("customer",),
    references=_CUSTOMER,
    filters={"customer": text, "collection_method": text, "status": text},
    finish=_finish_invoice,
)
SUBSCRIPTION = Resource(
    "subscription",
    "sub_1",
    parameters={
        **_COLLECTION,
        "cancel_at_period_end": boolean,
        "customer": text,
        "default_payment_method": text,
        "description": text,
        "items": several(group("price", metadata=mapping, price=text, quantity=positive)),
        "metadata": mapping,
        "payment_behavior": text,
    },
    required=("customer", "items"),
    references=_CUSTOMER,
    filters={"customer": text, "collection_method": text, "status": text},
    finish=_finish_subscription,
    event="customer.subscription.created",
)
