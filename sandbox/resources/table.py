"""The resources by their paths."""

from sandbox.resources import billing, payments
from sandbox.resources.parameters import text
from sandbox.resources.resource import Resource

RESOURCES = {
    "charges": payments.CHARGE,
    "customers": billing.CUSTOMER,
    "events": Resource("event", "evt_1", filters={"type": text}),
    "invoices": billing.INVOICE,
    "payment_intents": payments.PAYMENT_INTENT,
    "payouts": payments.PAYOUT,
    "prices": billing.PRICE,
    "products": billing.PRODUCT,
    "refunds": payments.REFUND,
    "subscriptions": billing.SUBSCRIPTION,
}
