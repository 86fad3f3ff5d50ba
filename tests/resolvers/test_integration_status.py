"""The logged status of an integration when several of its properties change at once."""

from typing import Any

import pytest

from tests.support.actions import add_credential, add_integration, history
from tests.support.client import Client
from tests.support.documents import SET_ACTIVE, UPDATE_INTEGRATION
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import change_key


@pytest.fixture
async def broken(client: Client, server: RunningServer) -> dict[str, Any]:
    """An integration that needs attention."""
    key = secret_key()
    integration = await add_integration(client, authentication={"secretKey": key})
    await change_key(server, client, integration["credential"]["id"], key, "rejected")
    return integration


async def told(client: Client, integration: dict[str, Any], after: str) -> list[tuple[str, str, str]]:
    return [
        (event["kind"], event["previousIntegrationStatus"], event["integrationStatus"])
        for event in await history(client, after)
        if event.get("integrationId") == integration["id"]
    ]


async def newest(client: Client) -> str:
    return str((await history(client))[-1]["cursor"])


async def test_moving_to_a_credential_that_works_is_a_change_of_status(client: Client, broken: dict[str, Any]) -> None:
    other = await add_credential(client, "Other")
    cursor = await newest(client)
    given = {"id": broken["id"], "authentication": {"credentialId": other["id"]}}
    await client.result(UPDATE_INTEGRATION, input=given)
    assert await told(client, broken, cursor) == [
        ("INTEGRATION_UPDATED", "NEEDS_ATTENTION", "ACTIVE"),
        ("INTEGRATION_STATUS_CHANGED", "NEEDS_ATTENTION", "ACTIVE"),
    ]


async def test_a_new_key_and_the_switch_at_once_are_one_change_of_status(
    client: Client, broken: dict[str, Any]
) -> None:
    cursor = await newest(client)
    given = {"id": broken["id"], "authentication": {"secretKey": secret_key()}, "active": False}
    await client.result(UPDATE_INTEGRATION, input=given)
    assert await told(client, broken, cursor) == [
        ("INTEGRATION_UPDATED", "NEEDS_ATTENTION", "INACTIVE"),
        ("INTEGRATION_STATUS_CHANGED", "NEEDS_ATTENTION", "INACTIVE"),
    ]


async def test_a_new_key_tells_all_that_use_it_once(
    client: Client, broken: dict[str, Any], server: RunningServer
) -> None:
    key = secret_key()
    mended = await client.result(UPDATE_INTEGRATION, input={"id": broken["id"], "authentication": {"secretKey": key}})
    shared = {"credentialId": mended["integration"]["credential"]["id"]}
    second = await add_integration(client, "Second", authentication=shared)
    await change_key(server, client, shared["credentialId"], key, "rejected")
    cursor = await newest(client)
    given = {"id": broken["id"], "authentication": {"secretKey": secret_key()}}
    await client.result(UPDATE_INTEGRATION, input=given)
    change = ("INTEGRATION_STATUS_CHANGED", "NEEDS_ATTENTION", "ACTIVE")
    assert await told(client, second, cursor) == [change]
    assert await told(client, broken, cursor) == [("INTEGRATION_UPDATED", "NEEDS_ATTENTION", "ACTIVE"), change]


async def test_switching_on_what_is_on_does_not_say_that_it_works(client: Client, broken: dict[str, Any]) -> None:
    result = await client.result(SET_ACTIVE, input={"id": broken["id"], "active": True})
    assert result["integration"]["status"] == "NEEDS_ATTENTION"
    assert "needs attention" in result["message"]
