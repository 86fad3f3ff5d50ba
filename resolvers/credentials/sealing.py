"""Decrypting a credential's secret. The encryption context binds a ciphertext to its row and column."""

import logging

from adapters.vault import EncryptionContext, KeyMissingError
from kit.secret import Secret
from models import Credential
from resolvers.context import Context
from resolvers.refusals import EncryptionKeyMissing

_logger = logging.getLogger(__name__)


def secret_context(credential: Credential) -> EncryptionContext:
    """The encryption context of a credential's secret."""
    return EncryptionContext(credential.organization_id, credential.id, "secret")


def open_secret(context: Context, credential: Credential) -> Secret:
    """Decrypts a credential's secret; raises UnreadableError if it is damaged, or EncryptionKeyMissing."""
    try:
        return context.services.vault.open(credential.sealed_secret or "", secret_context(credential))
    except KeyMissingError as error:
        _logger.error("%s", error)  # noqa: TRY400 - its text is for the operator, a traceback adds nothing
        raise EncryptionKeyMissing from None
