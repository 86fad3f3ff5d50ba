"""Use cases of integrations."""

from resolvers.integrations.authentication import Authentication, CredentialId, NewKey
from resolvers.integrations.create import create
from resolvers.integrations.delete import delete
from resolvers.integrations.of_credentials import counts_of_credentials, page_of_credential, pages_of_credentials
from resolvers.integrations.read import by_ids, find, page
from resolvers.integrations.update import update

__all__ = [
    "Authentication",
    "CredentialId",
    "NewKey",
    "by_ids",
    "counts_of_credentials",
    "create",
    "delete",
    "find",
    "page",
    "page_of_credential",
    "pages_of_credentials",
    "update",
]
