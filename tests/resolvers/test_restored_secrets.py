"""restoreCredentialSecret goes back to the previous key: checked with Stripe first, and one mutation."""

from tests.support.actions import add_credential, history, kinds
from tests.support.client import Client
from tests.support.documents import CREDENTIAL, INTEGRATION, RESTORE_SECRET
from tests.support.oauth import connect
from tests.support.previous import COLUMNS, HOUR, replace, replaced, reveal, stored_previous
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import (
    change_at_stripe,
    change_key,
    changed_at_stripe,
    restrict_at_stripe,
    restricted_key,
)


async def _restore(client: Client, credential_id: str, **more: object) -> dict[str, object]:
    return await client.result(RESTORE_SECRET, input={"id": credential_id, **more})


async def test_the_previous_key_is_the_current_one_again_and_the_replaced_one_is_erased(
    client: Client, server: RunningServer
) -> None:
    row = await replaced(client)
    version = (await client.result(INTEGRATION, id=row.integration_id))["version"]
    result = await _restore(client, row.credential_id)
    assert result["message"] == "Credential “Billing” has its previous key again."
    credential = result["credential"]
    assert isinstance(credential, dict)
    assert (credential["secretVersion"], credential["maskedSecret"][-4:]) == (3, row.previous[-4:])
    event = (await history(client))[-1]
    assert (event["kind"], event["secretVersion"]) == ("CREDENTIAL_SECRET_REPLACED", 3)
    assert (await client.result(INTEGRATION, id=row.integration_id))["version"] == version + 1
    revealed = await reveal(client, row.integration_id)
    assert (revealed["secretKey"], revealed["secretVersion"]) == (row.previous, 3)
    assert await stored_previous(server, row.credential_id) == [None] * len(COLUMNS)
    assert (await _restore(client, row.credential_id))["__typename"] == "NoPreviousSecretError"


async def test_a_key_of_another_account_and_mode_is_restored_with_them(client: Client) -> None:
    live = secret_key("sk_live_", "otheraccount")
    row = await replaced(client, secretKey=live, allowAccountChange=True)
    before = (await client.execute(CREDENTIAL, id=row.credential_id))["credential"]
    assert (before["livemode"], before["account"]["accountId"]) == (True, "acct_1SandboxOther")
    credential = (await _restore(client, row.credential_id))["credential"]
    assert isinstance(credential, dict)
    assert (credential["livemode"], credential["account"]["accountId"]) == (False, "acct_1SandboxDrawbridge")


async def test_a_restored_key_has_its_own_account_although_stripe_no_longer_reports_it(
    client: Client, server: RunningServer
) -> None:
    key, other = await restricted_key(server), secret_key(behaviour="otheraccount")
    id_ = (await add_credential(client, key=key))["id"]
    changed = await replace(client, id_, other, allowAccountChange=True, keepPreviousSeconds=HOUR)
    assert changed["credential"]["account"]["accountId"] == "acct_1SandboxOther"
    await restrict_at_stripe(server, key, "customer_read", "app")
    credential = (await _restore(client, id_))["credential"]
    assert isinstance(credential, dict)
    assert (credential["account"]["accountId"], credential["account"]["name"]) == ("acct_1SandboxDrawbridge", None)
    assert (await replace(client, id_, other))["reason"] == "ACCOUNT_CHANGED"
    assert (await replace(client, id_))["__typename"] == "UpdateCredentialSuccess"


async def test_a_replacement_that_stripe_rejects_by_now_is_taken_back(client: Client, server: RunningServer) -> None:
    row = await replaced(client)
    await change_key(server, client, row.credential_id, row.current, "rejected")
    before = (await history(client))[-1]["cursor"]
    assert (await _restore(client, row.credential_id))["__typename"] == "RestoreCredentialSecretSuccess"
    assert await kinds(client, before) == [
        "CREDENTIAL_SECRET_REPLACED",
        "CREDENTIAL_STATUS_CHANGED",
        "INTEGRATION_STATUS_CHANGED",
    ]
    assert (await reveal(client, row.integration_id))["secretKey"] == row.previous


async def test_a_previous_key_that_stripe_rejects_changes_nothing(client: Client, server: RunningServer) -> None:
    row = await replaced(client)
    await change_at_stripe(server, row.previous, "rejected")
    before = await history(client), await stored_previous(server, row.credential_id)
    refused = await _restore(client, row.credential_id)
    assert (refused["__typename"], refused["reason"]) == ("InvalidSecretKeyError", "REJECTED")
    assert (await history(client), await stored_previous(server, row.credential_id)) == before
    assert (await reveal(client, row.integration_id))["secretKey"] == row.current


async def test_a_stripe_that_cannot_be_asked_changes_nothing(client: Client, server: RunningServer) -> None:
    row = await replaced(client)
    before = await history(client), await stored_previous(server, row.credential_id)
    async with changed_at_stripe(server, row.previous, "unavailable"):
        assert (await _restore(client, row.credential_id))["__typename"] == "StripeUnavailableError"
    assert (await history(client), await stored_previous(server, row.credential_id)) == before


async def test_an_expected_version_that_is_not_current_restores_nothing(client: Client) -> None:
    row = await replaced(client)
    version = (await client.execute(CREDENTIAL, id=row.credential_id))["credential"]["version"]
    refused = await _restore(client, row.credential_id, expectedVersion=version - 1)
    assert (refused["__typename"], refused["currentVersion"]) == ("StaleVersionError", version)
    restored = await _restore(client, row.credential_id, expectedVersion=version)
    assert restored["__typename"] == "RestoreCredentialSecretSuccess"


async def test_no_secret_is_restored_where_none_was_kept(client: Client) -> None:
    for credential in (await add_credential(client), await connect(client)):
        assert (await _restore(client, credential["id"]))["__typename"] == "NoPreviousSecretError"
    assert "CREDENTIAL_SECRET_REPLACED" not in await kinds(client)
