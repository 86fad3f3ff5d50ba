"""Encryption keys, and databases with secrets sealed by them."""

from functools import partial

from adapters.vault import Vault, new_key
from kit.secret import Secret
from models import Credential, Integration, Organization
from resolvers.credentials.sealing import secret_context
from settings import Settings
from startup.database import open_database
from tests.support.rows import connected_credential, integration_using
from tests.support.secrecy import keep, secret_key


def _seal(vault: Vault, secret: str, credential: Credential) -> str:
    return vault.seal(Secret(secret), secret_context(credential))


def encryption_key(id_: str) -> str:
    """Generates a key with this id."""
    return keep(f"{id_}:{new_key().reveal().removeprefix('k1:')}")


async def store_integrations(settings: Settings, organization: str, keys: str, count: int) -> dict[str, str]:
    """Stores integrations, each with a credential sealed with the first key.

    Returns their Stripe keys by integration id.
    """
    vault = Vault.from_text(Secret(keys))
    secrets = [secret_key() for _ in range(count)]
    async with open_database(settings):
        row = await Organization.get(name=organization)
        credentials = [connected_credential(row.id, secret[-20:], partial(_seal, vault, secret)) for secret in secrets]
        integrations = [integration_using(credential) for credential in credentials]
        await Credential.bulk_create(credentials, batch_size=500)
        await Integration.bulk_create(integrations, batch_size=500)
    return {integration.id: secret for integration, secret in zip(integrations, secrets, strict=True)}
