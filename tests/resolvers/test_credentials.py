"""Credentials with a secret key: added, renamed, replaced in place, verified, deleted."""

import pytest

from tests.support.actions import add_credential, add_integration, history, kinds
from tests.support.client import Client
from tests.support.documents import (
    CREATE_CREDENTIAL,
    CREDENTIAL,
    CREDENTIALS,
    DELETE_CREDENTIAL,
    INTEGRATION,
    REVEAL_SECRET,
    UPDATE_CREDENTIAL,
    VERIFY_CREDENTIAL,
)
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import change_at_stripe, change_key

UNKNOWN = "credential_01m7zya908eqrbf2erv6qwz5ee"


async def test_a_credential_is_added(client: Client) -> None:
    result = await client.result(CREATE_CREDENTIAL, input={"name": "Keys", "secretKey": secret_key()})
    credential = result["credential"]
    assert result["message"] == "Credential “Keys” has been added."
    assert (credential["status"], credential["method"], credential["displayName"]) == (
        "CONNECTED",
        "SECRET_KEY",
        "Keys",
    )
    assert (credential["problem"], credential["expiresAt"]) == (None, None)
    assert credential["account"]["name"] == "Sandbox Business"
    assert (await client.result(CREDENTIALS))["nodes"] == [credential]


async def test_white_space_around_a_pasted_key_does_not_matter(client: Client) -> None:
    assert (await add_credential(client, key=f"\n {secret_key()} \t"))["status"] == "CONNECTED"


async def test_a_credential_is_renamed(client: Client) -> None:
    credential = await add_credential(client)
    result = await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "name": "Better"})
    assert result["message"] == "Credential “Better” has been updated."
    assert (result["credential"]["name"], result["credential"]["version"]) == ("Better", 2)


async def test_a_taken_name_is_refused(client: Client) -> None:
    await add_credential(client, "One")
    two = await add_credential(client, "Two")
    created = await client.result(CREATE_CREDENTIAL, input={"name": "One", "secretKey": secret_key()})
    renamed = await client.result(UPDATE_CREDENTIAL, input={"id": two["id"], "name": "One"})
    assert created["__typename"] == renamed["__typename"] == "NameTakenError"


async def test_a_key_is_replaced_in_place_for_all_that_use_it(client: Client) -> None:
    credential, key = await add_credential(client), secret_key()
    one = await add_integration(client, "One", authentication={"credentialId": credential["id"]})
    result = await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "secretKey": key})
    assert result["credential"]["maskedSecret"].endswith(key[-4:])
    revealed = await client.result(REVEAL_SECRET, input={"integrationId": one["id"], "reason": "test"})
    assert revealed["secretKey"] == key


@pytest.mark.parametrize("key", [secret_key(behaviour="otheraccount"), secret_key("sk_live_")])
async def test_a_key_of_another_account_or_mode_needs_to_be_allowed(client: Client, key: str) -> None:
    credential = await add_credential(client)
    given = {"id": credential["id"], "secretKey": key}
    refused = await client.result(UPDATE_CREDENTIAL, input=given)
    assert refused["reason"] == "ACCOUNT_CHANGED"
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"] == credential
    allowed = await client.result(UPDATE_CREDENTIAL, input=given | {"allowAccountChange": True})
    assert allowed["credential"]["status"] == "CONNECTED"
    assert allowed["credential"]["account"] != credential["account"]


async def test_a_refused_key_leaves_the_old_one_in_place(client: Client) -> None:
    credential = await add_credential(client)
    given = {"id": credential["id"], "secretKey": secret_key(behaviour="expired"), "name": "Not this either"}
    assert (await client.result(UPDATE_CREDENTIAL, input=given))["reason"] == "EXPIRED"
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"] == credential


@pytest.mark.parametrize("field", ["name", "secretKey"])
async def test_null_where_it_says_nothing_is_refused(client: Client, field: str) -> None:
    credential = await add_credential(client)
    result = await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], field: None})
    assert (result["__typename"], result["field"]) == ("InvalidInputError", field)


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        ("rejected", "KEY_REJECTED"),
        ("expired", "KEY_EXPIRED"),
        ("revoked", "PERMISSION_LOST"),
    ],
)
async def test_a_dead_key_is_found_and_told_to_all_that_it_concerns(
    client: Client, server: RunningServer, behaviour: str, problem: str
) -> None:
    key = secret_key()
    integration = await add_integration(client, authentication={"secretKey": key})
    await add_integration(client, "Off", active=False, authentication={"credentialId": integration["credential"]["id"]})
    cursor = (await history(client))[-1]["cursor"]
    result = await change_key(server, client, integration["credential"]["id"], key, behaviour)
    assert result["message"].startswith("Credential “Billing” no longer works: ")
    assert (result["credential"]["status"], result["credential"]["problem"]) == ("DISCONNECTED", problem)
    assert (await client.result(INTEGRATION, id=integration["id"]))["status"] == "NEEDS_ATTENTION"
    told = ["CREDENTIAL_STATUS_CHANGED", "INTEGRATION_STATUS_CHANGED", "CREDENTIAL_VERIFIED"]
    events = await history(client, cursor)
    assert [event["kind"] for event in events] == told
    assert [event["problem"] for event in events if "credentialId" in event] == [problem, problem]


async def test_a_key_that_works_again_connects_again(client: Client, server: RunningServer) -> None:
    key = secret_key()
    integration = await add_integration(client, authentication={"secretKey": key})
    credential_id = integration["credential"]["id"]
    await change_key(server, client, credential_id, key, "rejected")
    result = await change_key(server, client, credential_id, key, "accepted")
    assert (result["credential"]["status"], result["credential"]["problem"]) == ("CONNECTED", None)
    assert (await client.result(INTEGRATION, id=integration["id"]))["status"] == "ACTIVE"


async def test_replacing_a_dead_key_connects_again(client: Client, server: RunningServer) -> None:
    key = secret_key()
    credential = await add_credential(client, key=key)
    await change_key(server, client, credential["id"], key, "expired")
    result = await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "secretKey": secret_key()})
    assert (result["credential"]["status"], result["credential"]["problem"]) == ("CONNECTED", None)


async def test_stripe_being_away_changes_nothing(client: Client, server: RunningServer) -> None:
    key = secret_key()
    credential = await add_credential(client, key=key)
    before = await history(client)
    await change_at_stripe(server, key, "retryafter")
    result = await client.result(VERIFY_CREDENTIAL, input={"id": credential["id"]})
    assert (result["__typename"], result["retryAfterSeconds"]) == ("StripeUnavailableError", 7)
    assert result["message"] == "Stripe is limiting requests. Try again in 7 s."
    assert await history(client) == before


async def test_verifying_a_key_that_works_changes_no_version(client: Client) -> None:
    credential = await add_credential(client)
    verified = (await client.result(VERIFY_CREDENTIAL, input={"id": credential["id"]}))["credential"]
    assert verified["verifiedAt"] > credential["verifiedAt"]
    assert verified | {"verifiedAt": credential["verifiedAt"]} == credential
    assert (await kinds(client))[-1] == "CREDENTIAL_VERIFIED"


async def test_the_account_stays_known_when_a_key_may_not_read_it_any_more(
    client: Client, server: RunningServer
) -> None:
    key = secret_key("rk_test_")
    credential = await add_credential(client, key=key)
    await change_key(server, client, credential["id"], key, "restricted")
    other = {"id": credential["id"], "secretKey": secret_key(behaviour="otheraccount")}
    assert (await client.result(UPDATE_CREDENTIAL, input=other))["reason"] == "ACCOUNT_CHANGED"
    restricted = {"id": credential["id"], "secretKey": secret_key("rk_test_", "morepermissions")}
    updated = (await client.result(UPDATE_CREDENTIAL, input=restricted))["credential"]
    assert updated["account"] is None, "Stripe has not told the account of this key"
    assert (await client.result(UPDATE_CREDENTIAL, input=other))["reason"] == "ACCOUNT_CHANGED"
    allowed = await client.result(UPDATE_CREDENTIAL, input=restricted | {"allowAccountChange": True})
    assert allowed["credential"]["account"] is None
    assert (await client.result(UPDATE_CREDENTIAL, input=other))["credential"]["account"][
        "accountId"
    ] == "acct_1SandboxOther"


async def test_a_credential_in_use_is_not_deleted(client: Client) -> None:
    credential = await add_credential(client)
    users = [
        await add_integration(client, name, authentication={"credentialId": credential["id"]}) for name in ("A", "B")
    ]
    result = await client.result(DELETE_CREDENTIAL, input={"id": credential["id"]})
    assert result["__typename"] == "CredentialInUseError"
    assert [user["id"] for user in result["integrations"]] == [user["id"] for user in users]
    assert result["totalCount"] == 2
    assert result["message"].startswith("This credential is used by “A”, “B”. ")


async def test_a_refusal_lists_ten_integrations_and_names_three_of_any_number(client: Client) -> None:
    credential = await add_credential(client)
    for number in range(12):
        await add_integration(client, f"{number:02}", authentication={"credentialId": credential["id"]})
    result = await client.result(DELETE_CREDENTIAL, input={"id": credential["id"]})
    assert [user["name"] for user in result["integrations"]] == [f"{number:02}" for number in range(10)]
    assert result["totalCount"] == 12
    assert result["message"] == (
        "This credential is used by “00”, “01”, “02”, 9 more. "
        "Delete these integrations or change their credential first."
    )


async def test_an_unused_credential_is_deleted(client: Client) -> None:
    credential = await add_credential(client)
    result = await client.result(DELETE_CREDENTIAL, input={"id": credential["id"]})
    assert (result["message"], result["deletedCredentialId"]) == (
        "Credential “Keys” has been deleted.",
        credential["id"],
    )
    assert (await client.execute(CREDENTIAL, id=credential["id"]))["credential"] is None


@pytest.mark.parametrize("document", [UPDATE_CREDENTIAL, VERIFY_CREDENTIAL, DELETE_CREDENTIAL])
async def test_an_unknown_id_is_told_as_such(client: Client, document: str) -> None:
    result = await client.result(document, input={"id": UNKNOWN})
    assert (result["__typename"], result["missingId"]) == ("NotFoundError", UNKNOWN)
    long = await client.result(document, input={"id": "x" * 10_000})
    assert (long["__typename"], long["missingId"]) == ("NotFoundError", "x" * 100)


async def test_an_old_version_is_stale(client: Client) -> None:
    credential = await add_credential(client)
    await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "name": "New"})
    for document in (UPDATE_CREDENTIAL, DELETE_CREDENTIAL):
        result = await client.result(document, input={"id": credential["id"], "expectedVersion": 1})
        assert (result["__typename"], result["currentVersion"]) == ("StaleVersionError", 2)
