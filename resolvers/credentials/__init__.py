"""Use cases of credentials."""

from adapters.stripe.gateway import Account
from resolvers.credentials.check_secret_key import KeyCheck, check_secret_key
from resolvers.credentials.consumers import consumers
from resolvers.credentials.create import create
from resolvers.credentials.delete import delete
from resolvers.credentials.permissions import warning
from resolvers.credentials.previous import masked_previous, valid_until
from resolvers.credentials.read import by_ids, find, page
from resolvers.credentials.report import report_failure
from resolvers.credentials.restore import restore
from resolvers.credentials.same_account import connected_note
from resolvers.credentials.stripe_webhook import receive_webhook
from resolvers.credentials.update import ReplacementKey, update
from resolvers.credentials.verify import verify

__all__ = [
    "Account",
    "KeyCheck",
    "ReplacementKey",
    "by_ids",
    "check_secret_key",
    "connected_note",
    "consumers",
    "create",
    "delete",
    "find",
    "masked_previous",
    "page",
    "receive_webhook",
    "report_failure",
    "restore",
    "update",
    "valid_until",
    "verify",
    "warning",
]
