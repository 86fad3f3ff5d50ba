"""Use cases of integrations."""

from resolvers.integrations.authentication import Authentication, CredentialId
from resolvers.integrations.create import create
from resolvers.integrations.delete import delete
from resolvers.integrations.read import by_ids, find, of_credentials, page
from resolvers.integrations.update import update

__all__ = ["Authentication", "CredentialId", "by_ids", "create", "delete", "find", "of_credentials", "page", "update"]
