"""Another secret for a credential: its event and its number, and the versions of the integrations that use it."""

from typing import Any

import pytest

from models import Scope
from tests.support.actions import add_credential, add_integration, history
from tests.support.client import Client
from tests.support.documents import (
    CREDENTIAL,
    DELETE_INTEGRATION,
    INTEGRATION,
    SET_ACTIVE,
    UPDATE_CREDENTIAL,
    UPDATE_INTEGRATION,
)
from tests.support.oauth import begin, complete, connect, returned
from tests.support.organizations import Tenant
from tests.support.secrecy import secret_key


async def _shared(client: Client) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two integrations that share a credential."""
    one = await add_integration(client, "One")
    return one, await add_integration(client, "Two", authentication={"credentialId": one["credential"]["id"]})


async def _versions(client: Client, *integrations: dict[str, Any]) -> list[int]:
    return [(await client.result(INTEGRATION, id=each["id"]))["version"] for each in integrations]


async def _details(client: Client, after: str | None = None) -> list[tuple[str, int | None]]:
    events = await history(client, after)
    return [(event["kind"], event["secretVersion"]) for event in events if "credentialId" in event]


async def test_an_edit_that_has_not_seen_the_new_key_does_not_replace_it(tenant: Tenant) -> None:
    """Two administrators replace the key of a credential that two integrations share."""
    client, other = tenant.client, await tenant.client_with(Scope.CONFIGURE)
    one, two = await _shared(client)
    key = secret_key()
    await other.result(UPDATE_CREDENTIAL, input={"id": one["credential"]["id"], "secretKey": key})
    given = {"id": two["id"], "authentication": {"secretKey": secret_key()}, "expectedVersion": two["version"]}
    refused = await client.result(UPDATE_INTEGRATION, input=given)
    assert (refused["__typename"], refused["currentVersion"]) == ("StaleVersionError", two["version"] + 1)
    credential = (await client.execute(CREDENTIAL, id=one["credential"]["id"]))["credential"]
    assert (credential["maskedSecret"][-4:], credential["secretVersion"]) == (key[-4:], 2)
    given["expectedVersion"] = refused["currentVersion"]
    assert (await client.result(UPDATE_INTEGRATION, input=given))["__typename"] == "UpdateIntegrationSuccess"


@pytest.mark.parametrize(
    ("document", "more"),
    [
        (UPDATE_INTEGRATION, {"name": "Renamed"}),
        (SET_ACTIVE, {"active": False}),
        (DELETE_INTEGRATION, {}),
    ],
    ids=["rename", "switch", "delete"],
)
async def test_each_edit_that_expects_a_version_is_refused(client: Client, document: str, more: dict[str, Any]) -> None:
    one, two = await _shared(client)
    key = {"id": one["id"], "authentication": {"secretKey": secret_key()}}
    assert (await client.result(UPDATE_INTEGRATION, input=key))["integration"]["version"] == one["version"] + 1
    refused = await client.result(document, input={"id": two["id"], "expectedVersion": two["version"], **more})
    assert refused["__typename"] == "StaleVersionError"
    assert await _versions(client, one, two) == [one["version"] + 1, two["version"] + 1]


async def test_connecting_again_is_another_secret(client: Client) -> None:
    credential = await connect(client)
    integration = await add_integration(client, authentication={"credentialId": credential["id"]})
    cursor = (await history(client))[-1]["cursor"]
    await complete(client, await returned(await begin(client, credentialId=credential["id"])))
    assert await _versions(client, integration) == [integration["version"] + 1]
    assert ("CREDENTIAL_SECRET_REPLACED", 2) in await _details(client, cursor)


async def test_a_name_a_refusal_and_another_credential_leave_the_versions(client: Client) -> None:
    one, two = await _shared(client)
    other = await add_integration(client, "Other")
    credential_id = one["credential"]["id"]
    await client.result(UPDATE_CREDENTIAL, input={"id": credential_id, "name": "Renamed"})
    foreign = {"id": credential_id, "secretKey": secret_key(behaviour="otheraccount")}
    assert (await client.result(UPDATE_CREDENTIAL, input=foreign))["reason"] == "ACCOUNT_CHANGED"
    await client.result(UPDATE_CREDENTIAL, input={"id": other["credential"]["id"], "secretKey": secret_key()})
    before = [one["version"], two["version"], other["version"] + 1]
    assert await _versions(client, one, two, other) == before


async def test_a_name_and_a_secret_have_events_of_their_own(client: Client) -> None:
    credential = await add_credential(client)
    id_ = {"id": credential["id"]}
    await client.result(UPDATE_CREDENTIAL, input=id_ | {"name": "Renamed"})
    await client.result(UPDATE_CREDENTIAL, input=id_ | {"secretKey": secret_key()})
    both = await client.result(UPDATE_CREDENTIAL, input=id_ | {"name": "Both", "secretKey": secret_key()})
    assert (both["credential"]["secretVersion"], both["credential"]["version"]) == (3, 4)
    assert await _details(client) == [
        ("CREDENTIAL_CREATED", 1),
        ("CREDENTIAL_UPDATED", 1),
        ("CREDENTIAL_SECRET_REPLACED", 2),
        ("CREDENTIAL_SECRET_REPLACED", 3),
        ("CREDENTIAL_UPDATED", 3),
    ]
