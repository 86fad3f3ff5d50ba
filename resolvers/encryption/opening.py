"""Decrypting sealed texts for use cases, to which a missing encryption key is one outcome wherever it is found."""

import logging

from adapters.vault import EncryptionContext, KeyMissingError, Vault
from kit.secret import Secret
from resolvers.refusals import EncryptionKeyMissing

_logger = logging.getLogger(__name__)


def open_sealed(vault: Vault, sealed: str | None, place: EncryptionContext) -> Secret:
    """Decrypts a text. Raises UnreadableError if it is damaged or of another place, or EncryptionKeyMissing."""
    try:
        return vault.open(sealed or "", place)
    except KeyMissingError as error:
        _logger.error("%s", error)  # noqa: TRY400 - its text is for the operator, a traceback adds nothing
        raise EncryptionKeyMissing from None
