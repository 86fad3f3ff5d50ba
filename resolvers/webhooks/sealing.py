"""The signing secrets of endpoints, as Standard Webhooks defines them: https://www.standardwebhooks.com."""

import base64
import os

from adapters.vault import EncryptionContext, Vault
from kit.secret import Secret
from models import WebhookEndpoint
from resolvers.encryption.opening import open_sealed

_PREFIX = "whsec_"
_SECRET_BYTES = 32  # Standard Webhooks allows 24 to 64


def new_secret() -> Secret:
    """A fresh signing secret."""
    return Secret(_PREFIX + base64.b64encode(os.urandom(_SECRET_BYTES)).decode())


def secret_context(endpoint: WebhookEndpoint) -> EncryptionContext:
    """The encryption context of an endpoint's secret."""
    return EncryptionContext(endpoint.organization_id, endpoint.id, "secret")


def previous_secret_context(endpoint: WebhookEndpoint) -> EncryptionContext:
    """The encryption context of the secret that an endpoint's secret has replaced."""
    return EncryptionContext(endpoint.organization_id, endpoint.id, "previous_secret")


def open_secret(vault: Vault, endpoint: WebhookEndpoint) -> Secret:
    """Decrypts an endpoint's secret; raises UnreadableError if it is damaged, or EncryptionKeyMissing."""
    return open_sealed(vault, endpoint.sealed_secret, secret_context(endpoint))


def open_previous_secret(vault: Vault, endpoint: WebhookEndpoint) -> Secret:
    """Does the same with the previous secret, whether or not its time is over."""
    return open_sealed(vault, endpoint.sealed_previous_secret, previous_secret_context(endpoint))
