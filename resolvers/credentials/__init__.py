"""Use cases of credentials."""

from resolvers.credentials.consumers import consumers
from resolvers.credentials.create import create
from resolvers.credentials.delete import delete
from resolvers.credentials.previous import valid_until
from resolvers.credentials.read import by_ids, find, page
from resolvers.credentials.report import report_failure
from resolvers.credentials.restore import restore
from resolvers.credentials.stripe_webhook import receive_webhook
from resolvers.credentials.update import ReplacementKey, update
from resolvers.credentials.verify import verify

__all__ = [
    "ReplacementKey",
    "by_ids",
    "consumers",
    "create",
    "delete",
    "find",
    "page",
    "receive_webhook",
    "report_failure",
    "restore",
    "update",
    "valid_until",
    "verify",
]
