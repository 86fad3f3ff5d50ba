"""A secret key may be pasted with what a file or a page puts around it, wherever a key is taken."""

import pytest

from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.documents import (
    CREATE_CREDENTIAL,
    CREATE_INTEGRATION,
    REVEAL_SECRET,
    UPDATE_CREDENTIAL,
    UPDATE_INTEGRATION,
)
from tests.support.secrecy import secret_key


@pytest.mark.parametrize("mutation", ["createIntegration", "updateIntegration", "createCredential", "updateCredential"])
async def test_the_key_alone_is_stored(client: Client, mutation: str) -> None:
    key = secret_key()
    pasted = f"\ufeffexport STRIPE_SECRET_KEY='{key[:12]}\u200b{key[12:]}' \n"
    integration_id = await _pasted(client, mutation, pasted)
    revealed = await client.result(REVEAL_SECRET, input={"integrationId": integration_id, "reason": "Payout"})
    assert revealed["secretKey"] == key


async def _pasted(client: Client, mutation: str, pasted: str) -> str:
    """Pastes a key into a mutation; returns the id of an integration that uses it."""
    if mutation == "createIntegration":
        given = {"name": "Billing", "authentication": {"secretKey": pasted}}
        return str((await client.result(CREATE_INTEGRATION, input=given))["integration"]["id"])
    if mutation == "createCredential":
        credential = (await client.result(CREATE_CREDENTIAL, input={"name": "Keys", "secretKey": pasted}))["credential"]
        return await _using(client, credential["id"])
    if mutation == "updateCredential":
        credential = await add_credential(client)
        await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "secretKey": pasted})
        return await _using(client, credential["id"])
    integration = await add_integration(client)
    await client.result(UPDATE_INTEGRATION, input={"id": integration["id"], "authentication": {"secretKey": pasted}})
    return str(integration["id"])


async def _using(client: Client, credential_id: str) -> str:
    return str((await add_integration(client, authentication={"credentialId": credential_id}))["id"])
