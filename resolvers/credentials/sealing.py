"""Decrypting a credential's secrets. The encryption context binds a ciphertext to its row and column."""

from dataclasses import replace

from adapters.vault import EncryptionContext
from kit.secret import Secret
from models import Credential
from resolvers.context import Context
from resolvers.encryption.opening import open_sealed


def secret_context(credential: Credential) -> EncryptionContext:
    """The encryption context of a credential's secret."""
    return EncryptionContext(credential.organization_id, credential.id, "secret")


def previous_secret_context(credential: Credential) -> EncryptionContext:
    """The encryption context of the secret that a credential's secret has replaced."""
    return EncryptionContext(credential.organization_id, credential.id, "previous_secret")


def refresh_token_context(credential: Credential) -> EncryptionContext:
    """The encryption context of a credential's refresh token."""
    return EncryptionContext(credential.organization_id, credential.id, "refresh_token")


def open_secret(context: Context, credential: Credential, organization_id: str) -> Secret:
    """Decrypts a credential's secret for an organization.

    Raises UnreadableError if it is damaged or of another organization, or EncryptionKeyMissing.
    """
    place = replace(secret_context(credential), organization=organization_id)
    return open_sealed(context.services.vault, credential.sealed_secret, place)


def open_previous_secret(context: Context, credential: Credential, organization_id: str) -> Secret:
    """Does the same with the previous secret, whether or not its time is over."""
    place = replace(previous_secret_context(credential), organization=organization_id)
    return open_sealed(context.services.vault, credential.sealed_previous_secret, place)


def open_refresh_token(context: Context, credential: Credential) -> Secret:
    """Decrypts a credential's refresh token. Raises UnreadableError or EncryptionKeyMissing."""
    return open_sealed(context.services.vault, credential.sealed_refresh_token, refresh_token_context(credential))
