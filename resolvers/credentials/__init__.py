"""Use cases of credentials."""

from resolvers.credentials.create import create
from resolvers.credentials.delete import delete
from resolvers.credentials.read import by_ids, find, page
from resolvers.credentials.report import report_failure
from resolvers.credentials.stripe_webhook import receive_webhook
from resolvers.credentials.update import update
from resolvers.credentials.verify import verify

__all__ = ["by_ids", "create", "delete", "find", "page", "receive_webhook", "report_failure", "update", "verify"]
