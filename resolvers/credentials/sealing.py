"""Decrypting a credential's secret. The encryption context binds a ciphertext to its row and column."""

import logging
from dataclasses import replace

from adapters.vault import EncryptionContext, KeyMissingError
from kit.secret import Secret
from models import Credential
from resolvers.context import Context
from resolvers.refusals import EncryptionKeyMissing

_logger = logging.getLogger(__name__)


def secret_context(credential: Credential) -> EncryptionContext:
    """The encryption context of a credential's secret."""
    return EncryptionContext(credential.organization_id, credential.id, "secret")


def open_secret(context: Context, credential: Credential, organization_id: str) -> Secret:
    """Decrypts a credential's secret for an organization.

    Raises UnreadableError if it is damaged or of another organization, or EncryptionKeyMissing.
    """
    place = replace(secret_context(credential), organization=organization_id)
    try:
        return context.services.vault.open(credential.sealed_secret or "", place)
    except KeyMissingError as error:
        _logger.error("%s", error)  # noqa: TRY400 - its text is for the operator, a traceback adds nothing
        raise EncryptionKeyMissing from None
