"""Use cases of webhook endpoints."""

from resolvers.webhooks.counts import MAX_HOURS, delivery_counts
from resolvers.webhooks.create import create
from resolvers.webhooks.delete import delete
from resolvers.webhooks.previous import valid_until
from resolvers.webhooks.read import by_ids, deliveries, find, page
from resolvers.webhooks.replay import replay
from resolvers.webhooks.rotate import rotate
from resolvers.webhooks.send_test import send_test
from resolvers.webhooks.switch import switch
from resolvers.webhooks.update import EndpointChanges, update

__all__ = [
    "MAX_HOURS",
    "EndpointChanges",
    "by_ids",
    "create",
    "delete",
    "deliveries",
    "delivery_counts",
    "find",
    "page",
    "replay",
    "rotate",
    "send_test",
    "switch",
    "update",
    "valid_until",
]
