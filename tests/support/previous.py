"""Credentials whose replaced keys are kept for a while."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from models import Credential
from startup.database import open_database
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import REVEAL_SECRET, UPDATE_CREDENTIAL
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer

HOUR = 3600
COLUMNS = ("sealed_previous_secret", "previous_account_id", "previous_destination", "previous_secret_until")
_VALID_UNTIL = "query ($id: ID!) { credential(id: $id) { previousSecretValidUntil } }"


@dataclass(frozen=True, slots=True)
class Replaced:
    """An integration whose key was replaced."""

    integration_id: str
    credential_id: str
    previous: str
    current: str


async def replaced(client: Client, seconds: int = HOUR, name: str = "Billing", **more: Any) -> Replaced:
    """Adds an integration, and replaces its key; `more` is added to the input."""
    previous, current = secret_key(), more.pop("secretKey", None) or secret_key()
    integration = await add_integration(client, name, authentication={"secretKey": previous})
    id_ = integration["credential"]["id"]
    result = await replace(client, id_, current, keepPreviousSeconds=seconds, **more)
    assert result["__typename"] == "UpdateCredentialSuccess", result
    return Replaced(integration["id"], id_, previous, current)


async def replace(client: Client, credential_id: str, key: str | None = None, **more: Any) -> dict[str, Any]:
    """Replaces a credential's key."""
    given = {"id": credential_id, "secretKey": key or secret_key(), **more}
    return await client.result(UPDATE_CREDENTIAL, input=given)


async def reveal(client: Client, integration_id: str, version: str = "CURRENT") -> dict[str, Any]:
    """Reveals one of an integration's secrets."""
    given = {"integrationId": integration_id, "reason": "Nightly sync", "version": version}
    return await client.result(REVEAL_SECRET, input=given)


async def valid_until(client: Client, credential_id: str) -> str | None:
    """The end of the previous secret, as the API shows it."""
    credential = (await client.execute(_VALID_UNTIL, id=credential_id))["credential"]
    return None if credential["previousSecretValidUntil"] is None else str(credential["previousSecretValidUntil"])


async def stored_previous(server: RunningServer, credential_id: str, columns: Iterable[str] = COLUMNS) -> list[object]:
    """The stored columns of the previous secret."""
    async with open_database(server.settings):
        row = await Credential.get(id=credential_id)
    return [getattr(row, column) for column in columns]
