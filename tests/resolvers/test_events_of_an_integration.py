"""EventFilter.integration: the integration's own events and its credential's, for lists and subscriptions alike."""

import asyncio
from typing import Any

import pytest

from tests.resolvers.test_events import cursor_now
from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.documents import DELETE_INTEGRATION, EVENTS, FOLLOW, UPDATE_CREDENTIAL, UPDATE_INTEGRATION
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key


async def _rename(client: Client, credential: dict[str, Any], name: str) -> None:
    result = await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "name": name})
    assert result["__typename"] == "UpdateCredentialSuccess"


async def _use(client: Client, integration: dict[str, Any], credential: dict[str, Any]) -> None:
    given = {"id": integration["id"], "authentication": {"credentialId": credential["id"]}}
    result = await client.result(UPDATE_INTEGRATION, input=given)
    assert result["__typename"] == "UpdateIntegrationSuccess"


def _facts(event: dict[str, Any]) -> tuple[str, str]:
    return event["kind"], event["name"]


async def _listed(client: Client, integration: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    page = await client.result(EVENTS, filter={"integration": integration["id"], **more})
    assert page["totalCount"] == len(page["nodes"])
    return [_facts(node) for node in page["nodes"]]


async def test_its_own_events_and_its_credentials_are_listed_and_counted(client: Client) -> None:
    credential, unused = await add_credential(client, "Keys"), await add_credential(client, "Unused")
    integration = await add_integration(client, authentication={"credentialId": credential["id"]})
    await add_integration(client, "Other", authentication={"credentialId": credential["id"]})
    await _rename(client, credential, "Renamed")
    await _rename(client, unused, "Still unused")
    expected = [
        ("CREDENTIAL_CREATED", "Keys"),
        ("INTEGRATION_CREATED", "Billing"),
        ("CREDENTIAL_UPDATED", "Renamed"),
    ]
    assert await _listed(client, integration) == expected
    assert await _listed(client, integration, kinds=["CREDENTIAL_UPDATED"]) == expected[2:]
    assert await _listed(client, integration, subject=credential["id"]) == [expected[0], expected[2]]
    assert await _listed(client, integration, subject=unused["id"]) == []
    last = await client.result(EVENTS, filter={"integration": integration["id"]}, last=2)
    assert ([_facts(node) for node in last["nodes"]], last["totalCount"]) == (expected[1:], 3)
    assert last["pageInfo"]["hasPreviousPage"] is True


async def test_a_subscription_follows_the_integration_from_credential_to_credential(client: Client) -> None:
    old, new = await add_credential(client, "Old"), await add_credential(client, "New")
    integration = await add_integration(client, authentication={"credentialId": old["id"]})
    cursor = await cursor_now(client)
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=cursor, filter={"integration": integration["id"]})
        await _rename(client, new, "Not yet")
        await _rename(client, old, "Old 2")
        live = [_facts((await socket.next())["events"])]
        await _use(client, integration, new)
        live.append(_facts((await socket.next())["events"]))
        await _rename(client, old, "Not any more")
        await _rename(client, new, "New 2")
        live.append(_facts((await socket.next())["events"]))
    assert live == [
        ("CREDENTIAL_UPDATED", "Old 2"),
        ("INTEGRATION_UPDATED", "Billing"),
        ("CREDENTIAL_UPDATED", "New 2"),
    ]


async def test_a_resumed_subscription_and_the_list_agree(client: Client) -> None:
    old, new = await add_credential(client, "Old"), await add_credential(client, "New")
    start = await cursor_now(client)
    integration = await add_integration(client, authentication={"credentialId": old["id"]})
    await _use(client, integration, new)
    await _rename(client, old, "Old 2")
    await _rename(client, new, "New 2")
    wanted = {"integration": integration["id"]}
    listed = (await client.result(EVENTS, filter=wanted, after=start))["nodes"]
    assert [event["kind"] for event in listed] == ["INTEGRATION_CREATED", "INTEGRATION_UPDATED", "CREDENTIAL_UPDATED"]
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=start, filter=wanted)
        assert [(await socket.next())["events"] for _ in listed] == listed


async def test_a_deleted_integration_still_has_its_own_events(client: Client) -> None:
    integration = await add_integration(client)
    cursor = await cursor_now(client)
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=cursor, filter={"integration": integration["id"]})
        await client.result(DELETE_INTEGRATION, input={"id": integration["id"]})
        kinds = {(await socket.next())["events"]["kind"]}
    assert kinds <= {"INTEGRATION_DELETED", "CREDENTIAL_DELETED"}
    listed = await _listed(client, integration)
    assert [kind for kind, _ in listed] == ["INTEGRATION_CREATED", "INTEGRATION_DELETED"]


@pytest.mark.parametrize("integration", ["", "nope", "\0", "integration_\0", "x" * 100_000], ids=range(5))
async def test_what_is_no_id_has_no_events(client: Client, integration: str) -> None:
    assert await _listed(client, {"id": integration}) == []


async def test_another_organizations_integration_has_no_events(tenant: Tenant) -> None:
    integration = await add_integration((await new_tenant(tenant.server)).client)
    assert await _listed(tenant.client, integration) == []
    own = await add_credential(tenant.client)
    async with tenant.client.socket() as socket:
        await socket.subscribe(FOLLOW, filter={"integration": integration["id"]})
        await _rename(tenant.client, own, "Renamed")
        await socket.subscribe(FOLLOW, after=await cursor_now(tenant.client))
        await _rename(tenant.client, own, "Renamed again")
        assert (await socket.next())["events"]["name"] == "Renamed again"
        with pytest.raises(asyncio.TimeoutError):
            await socket.receive(0.3)


async def test_a_replaced_key_is_an_event_of_each_integration_that_uses_it(client: Client) -> None:
    credential = await add_credential(client)
    made = [
        await add_integration(client, name, authentication={"credentialId": credential["id"]}) for name in ("A", "B")
    ]
    await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "secretKey": secret_key()})
    for integration in made:
        assert (await _listed(client, integration))[-1][0].startswith("CREDENTIAL_")
