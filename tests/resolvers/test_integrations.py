"""The system guide's page: integrations are added, listed, edited, switched and deleted, each with its message."""

from tests.support.actions import add_credential, add_integration, history, kinds
from tests.support.client import Client
from tests.support.documents import (
    CREATE_INTEGRATION,
    CREDENTIALS,
    DELETE_INTEGRATION,
    INTEGRATION,
    INTEGRATIONS,
    SET_ACTIVE,
    UPDATE_INTEGRATION,
)
from tests.support.secrecy import secret_key


async def test_an_integration_is_added_by_name_and_key(client: Client) -> None:
    key = secret_key()
    result = await client.result(CREATE_INTEGRATION, input={"name": " Billing ", "authentication": {"secretKey": key}})
    assert result["message"] == "Integration “Billing” has been added."
    integration = result["integration"]
    assert (integration["name"], integration["active"], integration["status"]) == ("Billing", True, "ACTIVE")
    assert integration["credential"]["maskedSecret"] == f"sk_test_…{key[-4:]}"
    assert integration["credential"]["account"]["livemode"] is False
    assert (await client.result(INTEGRATIONS))["nodes"] == [integration]
    assert (await client.result(INTEGRATION, id=integration["id"])) == integration
    assert await kinds(client) == ["CREDENTIAL_CREATED", "INTEGRATION_CREATED"]


async def test_a_live_key_connects_to_live_mode(client: Client) -> None:
    integration = await add_integration(client, authentication={"secretKey": secret_key("sk_live_")})
    assert integration["credential"]["destination"] == "STRIPE"
    assert integration["credential"]["account"]["livemode"] is True


async def test_an_integration_may_be_added_switched_off(client: Client) -> None:
    assert (await add_integration(client, active=False))["status"] == "INACTIVE"


async def test_an_integration_may_use_a_credential_that_there_is(client: Client) -> None:
    credential = await add_credential(client)
    integration = await add_integration(client, authentication={"credentialId": credential["id"]})
    assert integration["credential"]["id"] == credential["id"]


async def test_the_credential_of_a_key_is_called_like_its_integration_where_it_can_be(client: Client) -> None:
    await add_credential(client, "Billing")
    assert (await add_integration(client, "Billing"))["credential"]["name"] == "Billing (2)"


async def test_a_taken_name_is_refused_and_nothing_is_saved(client: Client) -> None:
    await add_integration(client, "Billing")
    before = await history(client)
    given = {"name": "Billing", "authentication": {"secretKey": secret_key()}}
    result = await client.result(CREATE_INTEGRATION, input=given)
    assert (result["__typename"], result["name"]) == ("NameTakenError", "Billing")
    assert await history(client) == before
    assert (await client.result(CREDENTIALS))["totalCount"] == 1


async def test_name_key_and_switch_are_edited_in_one_call(client: Client) -> None:
    integration = await add_integration(client)
    cursor = (await history(client))[-1]["cursor"]
    key = secret_key()
    given = {"id": integration["id"], "name": "Invoices", "authentication": {"secretKey": key}, "active": False}
    result = await client.result(UPDATE_INTEGRATION, input=given)
    assert result["message"] == "Integration “Invoices” has been updated."
    edited = result["integration"]
    assert (edited["name"], edited["status"], edited["version"]) == ("Invoices", "INACTIVE", 2)
    assert edited["credential"]["id"] == integration["credential"]["id"]
    assert edited["credential"]["maskedSecret"].endswith(key[-4:])
    assert await kinds(client, cursor) == [
        "CREDENTIAL_SECRET_REPLACED",
        "INTEGRATION_UPDATED",
        "INTEGRATION_STATUS_CHANGED",
    ]


async def test_what_is_not_given_stays_as_it_is(client: Client) -> None:
    integration = await add_integration(client, active=False)
    renamed = await client.result(UPDATE_INTEGRATION, input={"id": integration["id"], "name": "Invoices"})
    assert renamed["integration"]["active"] is False
    assert renamed["integration"]["credential"] == integration["credential"]


async def test_an_edit_that_changes_nothing_makes_no_event_and_no_version(client: Client) -> None:
    integration = await add_integration(client)
    before = await history(client)
    given = {"id": integration["id"], "name": integration["name"], "active": True}
    assert (await client.result(UPDATE_INTEGRATION, input=given))["integration"] == integration
    assert await history(client) == before


async def test_an_integration_can_move_to_another_credential(client: Client) -> None:
    integration, other = await add_integration(client), await add_credential(client, "Other")
    given = {"id": integration["id"], "authentication": {"credentialId": other["id"]}}
    result = await client.result(UPDATE_INTEGRATION, input=given)
    assert result["integration"]["credential"]["id"] == other["id"]


async def test_switching_off_and_on_tells_the_status_before_and_after(client: Client) -> None:
    integration = await add_integration(client)
    cursor = (await history(client))[-1]["cursor"]
    off = await client.result(SET_ACTIVE, input={"id": integration["id"], "active": False})
    assert (off["message"], off["integration"]["status"]) == (
        "Integration “Billing” has been deactivated.",
        "INACTIVE",
    )
    on = await client.result(SET_ACTIVE, input={"id": integration["id"], "active": True})
    assert (on["message"], on["integration"]["status"]) == ("Integration “Billing” has been activated.", "ACTIVE")
    changes = [
        (event["kind"], event["previousIntegrationStatus"], event["integrationStatus"])
        for event in await history(client, cursor)
    ]
    assert changes == [
        ("INTEGRATION_STATUS_CHANGED", "ACTIVE", "INACTIVE"),
        ("INTEGRATION_STATUS_CHANGED", "INACTIVE", "ACTIVE"),
    ]


async def test_deleting_takes_the_secret_key_along(client: Client) -> None:
    integration = await add_integration(client)
    cursor = (await history(client))[-1]["cursor"]
    result = await client.result(DELETE_INTEGRATION, input={"id": integration["id"]})
    assert result["message"] == "Integration “Billing” has been deleted."
    assert result["deletedIntegrationId"] == integration["id"]
    assert result["deletedCredentialId"] == integration["credential"]["id"]
    assert await kinds(client, cursor) == ["INTEGRATION_DELETED", "CREDENTIAL_DELETED"]
    assert (await client.execute(INTEGRATION, id=integration["id"]))["integration"] is None


async def test_deleting_leaves_a_credential_that_another_integration_uses(client: Client) -> None:
    first = await add_integration(client, "First")
    await add_integration(client, "Second", authentication={"credentialId": first["credential"]["id"]})
    result = await client.result(DELETE_INTEGRATION, input={"id": first["id"]})
    assert result["deletedCredentialId"] is None
    assert (await client.result(CREDENTIALS))["totalCount"] == 1


async def test_a_name_is_free_again_after_deleting(client: Client) -> None:
    integration = await add_integration(client)
    await client.result(DELETE_INTEGRATION, input={"id": integration["id"]})
    assert (await add_integration(client))["name"] == integration["name"]
