"""Reconnecting an OAuth credential, and withdrawing access that no credential uses."""

import asyncio
from typing import Any

from tests.support.actions import add_integration, kinds
from tests.support.client import Client
from tests.support.documents import CREDENTIALS, DELETE_CREDENTIAL, REVEAL_SECRET, VERIFY_CREDENTIAL
from tests.support.oauth import begin, complete, connect, exchanges, returned
from tests.support.plain import plain_client


async def test_connecting_again_keeps_the_id_and_the_integrations(client: Client) -> None:
    credential = await connect(client)
    integration = await add_integration(client, authentication={"credentialId": credential["id"]})
    revealed = await reveal(client, integration)
    again = await begin(client, credentialId=credential["id"])
    assert (again["credential"]["status"], again["credential"]["expiresAt"]) == ("CONNECTED", None)
    result = await complete(client, await returned(again))
    assert result["credential"]["id"] == credential["id"]
    assert result["credential"]["integrations"]["nodes"] == [{"name": "Billing", "status": "ACTIVE"}]
    assert await reveal(client, integration) != revealed
    assert "CREDENTIAL_SECRET_REPLACED" in await kinds(client)
    assert (credential["secretVersion"], result["credential"]["secretVersion"]) == (1, 2)


async def reveal(client: Client, integration: dict[str, Any]) -> str:
    result = await client.result(REVEAL_SECRET, input={"integrationId": integration["id"], "reason": "test"})
    assert (result["stripeAccountId"], result["livemode"]) == ("acct_1SandboxDrawbridge", False)
    return str(result["secretKey"])


async def test_connecting_again_to_another_account_is_refused(client: Client) -> None:
    credential = await connect(client)
    again = await begin(client, credentialId=credential["id"])
    result = await complete(client, await returned(again, exchange="other account"))
    assert result["reason"] == "REJECTED"
    assert "A different Stripe account" in result["message"]
    (listed,) = (await client.result(CREDENTIALS))["nodes"]
    assert listed == credential
    assert not await is_connected(client, "acct_1SandboxOther"), "nobody has a credential for it"


async def is_connected(client: Client, account: str) -> bool:
    """Whether the sandbox lists the account as connected in test mode."""
    async with plain_client() as http:
        page = (await http.get(f"{client.address}/sandbox/accounts")).text
    return f"<td>{account}</td><td>test mode</td>" in page


async def test_a_code_for_a_credential_that_was_deleted_meanwhile_is_not_exchanged(client: Client) -> None:
    begun = await begin(client)
    given = await returned(begun)
    await client.result(DELETE_CREDENTIAL, input={"id": begun["credential"]["id"]})
    assert (await complete(client, given))["reason"] == "EXPIRED"
    assert await exchanges(client, given["code"]) == 0


async def test_those_who_wait_for_a_code_that_stripe_did_not_look_at_may_send_it_again_too(client: Client) -> None:
    given = await returned(await begin(client), exchange="ratelimited")
    results = await asyncio.gather(*(complete(client, given) for _ in range(4)))
    assert {result["__typename"] for result in results} <= {"StripeUnavailableError", "CompleteStripeAuthSuccess"}
    assert (await complete(client, given))["__typename"] == "CompleteStripeAuthSuccess"


async def test_verifying_asks_with_the_connected_account(client: Client) -> None:
    credential = await connect(client, exchange="other account")
    verified = await client.result(VERIFY_CREDENTIAL, input={"id": credential["id"]})
    assert verified["credential"]["account"]["accountId"] == "acct_1SandboxOther"
    assert verified["message"] == "Credential “Acme” works."
