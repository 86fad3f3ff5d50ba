"""A secret that cannot be decrypted disconnects its own credential, logs it, and affects no other row."""

from models import Credential
from startup.database import open_database
from tests.support.actions import add_credential, add_integration, history
from tests.support.client import Client
from tests.support.documents import CREDENTIALS, INTEGRATIONS, REVEAL_SECRET, UPDATE_CREDENTIAL, VERIFY_CREDENTIAL
from tests.support.idempotency import Keyed, claims
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer


async def swap_secret(server: RunningServer, to: str, from_: str) -> None:
    """Moves one row's ciphertext to another row, as an attacker with access to the database could."""
    async with open_database(server.settings):
        moved = (await Credential.get(id=from_)).sealed_secret
        await Credential.filter(id=to).update(sealed_secret=moved)


async def test_a_moved_ciphertext_is_unreadable_and_breaks_no_list(client: Client, server: RunningServer) -> None:
    good, bad = await add_integration(client, "Good"), await add_integration(client, "Bad")
    await add_integration(client, "Also bad", authentication={"credentialId": bad["credential"]["id"]})
    await swap_secret(server, bad["credential"]["id"], good["credential"]["id"])
    listed = {row["name"]: row for row in (await client.result(INTEGRATIONS))["nodes"]}
    assert {name: row["status"] for name, row in listed.items()} == {
        "Good": "ACTIVE",
        "Bad": "NEEDS_ATTENTION",
        "Also bad": "NEEDS_ATTENTION",
    }
    assert listed["Bad"]["credential"]["problem"] == "UNREADABLE"
    events = [(event["kind"], event["actor"]["name"]) for event in await history(client)][-3:]
    assert events == [
        ("CREDENTIAL_STATUS_CHANGED", "system"),
        ("INTEGRATION_STATUS_CHANGED", "system"),
        ("INTEGRATION_STATUS_CHANGED", "system"),
    ]


async def test_an_unreadable_credential_is_found_by_its_status_and_noted_once(
    client: Client, server: RunningServer
) -> None:
    good, bad = await add_credential(client, "Good"), await add_credential(client, "Bad")
    await swap_secret(server, bad["id"], good["id"])
    await client.result(CREDENTIALS)
    before = await history(client)
    found = await client.result(CREDENTIALS, filter={"status": "DISCONNECTED"})
    assert [row["problem"] for row in found["nodes"]] == ["UNREADABLE"]
    assert await history(client) == before


async def test_an_unreadable_secret_is_not_revealed(client: Client, server: RunningServer) -> None:
    good, bad = await add_integration(client, "Good"), await add_integration(client, "Bad")
    await swap_secret(server, bad["credential"]["id"], good["credential"]["id"])
    result = await client.result(REVEAL_SECRET, input={"integrationId": bad["id"], "reason": "test"})
    assert result["__typename"] == "CredentialNotConnectedError"
    assert result["credential"] == {"status": "DISCONNECTED", "problem": "UNREADABLE"}


async def test_verifying_finds_it_and_a_new_key_mends_it(client: Client, server: RunningServer) -> None:
    good, bad = await add_credential(client, "Good"), await add_credential(client, "Bad")
    await swap_secret(server, bad["id"], good["id"])
    verified = await client.result(VERIFY_CREDENTIAL, input={"id": bad["id"]})
    assert verified["credential"]["problem"] == "UNREADABLE"
    mended = await client.result(UPDATE_CREDENTIAL, input={"id": bad["id"], "secretKey": secret_key()})
    assert (mended["credential"]["status"], mended["credential"]["problem"]) == ("CONNECTED", None)


async def test_what_is_found_damaged_while_an_answer_is_made_is_noted_along_with_its_change(
    client: Client, server: RunningServer
) -> None:
    good, bad = await add_credential(client, "Good"), await add_credential(client, "Bad")
    await add_integration(client, "Also bad", authentication={"credentialId": bad["id"]})
    await swap_secret(server, bad["id"], good["id"])
    renaming = Keyed(UPDATE_CREDENTIAL, {"id": bad["id"], "name": "Renamed"})
    renamed = await renaming.result(client)
    assert renamed["credential"]["integrations"]["nodes"] == [{"name": "Also bad", "status": "NEEDS_ATTENTION"}]
    events = [(event["kind"], event["actor"]["kind"] == "SYSTEM") for event in await history(client)][-3:]
    assert events == [
        ("CREDENTIAL_UPDATED", False),
        ("CREDENTIAL_STATUS_CHANGED", True),
        ("INTEGRATION_STATUS_CHANGED", True),
    ]
    assert await renaming.result(client) == renamed


async def test_a_reveal_that_finds_damage_notes_it_though_it_is_refused(client: Client, server: RunningServer) -> None:
    good, bad = await add_integration(client, "Good"), await add_integration(client, "Bad")
    await swap_secret(server, bad["credential"]["id"], good["credential"]["id"])
    revealing = Keyed(REVEAL_SECRET, {"integrationId": bad["id"], "reason": "test"})
    assert (await revealing.result(client))["__typename"] == "CredentialNotConnectedError"
    assert await claims(server.settings, revealing.key) == []
    assert (await history(client))[-1]["kind"] == "INTEGRATION_STATUS_CHANGED"


async def test_a_secret_whose_key_is_elsewhere_is_left_as_it_is(client: Client, server: RunningServer) -> None:
    row = await add_integration(client)
    async with open_database(server.settings):
        credential = await Credential.get(id=row["credential"]["id"])
        elsewhere = (credential.sealed_secret or "").split(".")
        await Credential.filter(id=credential.id).update(sealed_secret=".".join(["v1", "elsewhere", elsewhere[2]]))
    before = await history(client)
    assert (await client.result(INTEGRATIONS))["nodes"][0]["status"] == "ACTIVE"
    for document, given in (
        (REVEAL_SECRET, {"integrationId": row["id"], "reason": "Sync"}),
        (VERIFY_CREDENTIAL, {"id": row["credential"]["id"]}),
    ):
        error = await client.error(document, input=given)
        assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        assert "encryption key" in error["message"]
    assert await history(client) == before
