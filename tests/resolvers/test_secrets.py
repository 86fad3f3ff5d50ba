"""revealSecret returns a secret to a partner's service, and the log records the caller and the reason."""

from typing import Any

import pytest

from models import Scope
from tests.support.actions import add_integration, history
from tests.support.client import Client
from tests.support.documents import REVEAL_SECRET, SET_ACTIVE
from tests.support.organizations import Tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import change_key


async def reveal(client: Client, integration: dict[str, Any], reason: str = "Nightly sync") -> dict[str, Any]:
    return await client.result(REVEAL_SECRET, input={"integrationId": integration["id"], "reason": reason})


async def test_the_secret_of_an_active_integration_is_revealed_and_recorded(tenant: Tenant) -> None:
    key = secret_key()
    integration = await add_integration(tenant.client, authentication={"secretKey": key})
    partner = await tenant.client_with(Scope.REVEAL_SECRETS)
    result = await reveal(partner, integration)
    assert (result["secretKey"], result["stripeAccountId"], result["livemode"]) == (
        key,
        "acct_1SandboxDrawbridge",
        False,
    )
    assert result["message"] == "The secret of integration “Billing” has been revealed."
    event = (await history(tenant.client))[-1]
    assert (event["kind"], event["integrationId"], event["reason"]) == (
        "SECRET_REVEALED",
        integration["id"],
        "Nightly sync",
    )
    assert event["actor"]["name"].startswith("Token ")


async def test_an_unknown_account_is_null(client: Client) -> None:
    key = secret_key("rk_test_", "morepermissions")
    integration = await add_integration(client, authentication={"secretKey": key})
    assert (await reveal(client, integration))["stripeAccountId"] is None


async def test_an_inactive_integration_reveals_nothing(client: Client) -> None:
    integration = await add_integration(client)
    await client.result(SET_ACTIVE, input={"id": integration["id"], "active": False})
    before = await history(client)
    result = await reveal(client, integration)
    assert (result["__typename"], result["integration"]) == ("IntegrationInactiveError", {"status": "INACTIVE"})
    assert await history(client) == before


async def test_a_disconnected_credential_reveals_nothing(client: Client, server: RunningServer) -> None:
    key = secret_key()
    integration = await add_integration(client, authentication={"secretKey": key})
    await change_key(server, client, integration["credential"]["id"], key, "rejected")
    result = await reveal(client, integration)
    assert (result["__typename"], result["credential"]["problem"]) == ("CredentialNotConnectedError", "KEY_REJECTED")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "two\nlines"])
async def test_a_reason_is_needed(client: Client, reason: str) -> None:
    result = await reveal(client, await add_integration(client), reason)
    assert (result["__typename"], result["field"]) == ("InvalidInputError", "reason")


async def test_an_unknown_integration_is_told_as_such(client: Client) -> None:
    assert (await reveal(client, {"id": "integration_01m7zya908eqrbf2erv6qwz5ee"}))["__typename"] == "NotFoundError"
