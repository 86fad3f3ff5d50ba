"""A replaced key is kept for as long as was asked for, and revealed on request."""

from datetime import UTC, datetime, timedelta

import pytest

from models import Credential
from startup.database import open_database
from tests.support import previous
from tests.support.actions import add_credential, add_integration, history, kinds
from tests.support.client import Client
from tests.support.documents import (
    REVEAL_SECRET,
    UPDATE_CREDENTIAL,
    UPDATE_INTEGRATION,
    VERIFY_CREDENTIAL,
)
from tests.support.previous import COLUMNS, HOUR, replace, replaced, reveal, stored_previous
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import change_key

_NOTHING = [None] * len(COLUMNS)
_MASKED = "query ($id: ID!) { credential(id: $id) { maskedSecret previousMaskedSecret } }"


async def test_a_kept_key_is_revealed_on_request_and_its_event_tells_its_number(client: Client) -> None:
    before = datetime.now(UTC)
    row = await replaced(client)
    assert (await reveal(client, row.integration_id))["secretKey"] == row.current
    result = await reveal(client, row.integration_id, "PREVIOUS")
    shown = ("secretKey", "secretVersion", "stripeAccountId", "destination", "livemode")
    expected = [row.previous, 1, "acct_1SandboxDrawbridge", "STRIPE_TEST_MODE", False]
    assert [result[name] for name in shown] == expected
    events = [(event["kind"], event["secretVersion"], event["reason"]) for event in (await history(client))[-2:]]
    assert events == [("SECRET_REVEALED", 2, "Nightly sync"), ("SECRET_REVEALED", 1, "Nightly sync")]
    end = await previous.valid_until(client, row.credential_id)
    assert before <= datetime.fromisoformat(str(end)) - timedelta(seconds=HOUR) <= datetime.now(UTC)


async def test_the_previous_key_is_named_by_its_end_for_as_long_as_it_is_kept(client: Client) -> None:
    row = await replaced(client)
    shown = (await client.execute(_MASKED, id=row.credential_id))["credential"]
    assert shown == {
        "maskedSecret": f"sk_test_…{row.current[-4:]}",
        "previousMaskedSecret": f"sk_test_…{row.previous[-4:]}",
    }
    await replace(client, row.credential_id, keepPreviousSeconds=0)
    assert (await client.execute(_MASKED, id=row.credential_id))["credential"]["previousMaskedSecret"] is None


async def test_nothing_is_kept_unless_asked_for(client: Client, server: RunningServer) -> None:
    row = await replaced(client, 0)
    assert await previous.valid_until(client, row.credential_id) is None
    before = await history(client)
    result = await reveal(client, row.integration_id, "PREVIOUS")
    assert result == {
        "__typename": "NoPreviousSecretError",
        "message": "Credential “Billing” has no previous secret: none was kept, or its time is over.",
        "credential": {"status": "CONNECTED", "secretVersion": 2},
    }
    assert await history(client) == before
    assert await stored_previous(server, row.credential_id) == _NOTHING


async def test_the_next_replacement_takes_the_place_of_a_kept_key(client: Client) -> None:
    row = await replaced(client)
    await replace(client, row.credential_id, keepPreviousSeconds=HOUR)
    result = await reveal(client, row.integration_id, "PREVIOUS")
    assert (result["secretKey"], result["secretVersion"]) == (row.current, 2)


@pytest.mark.parametrize("way", ["credential", "integration"])
async def test_a_replacement_that_keeps_nothing_erases_a_kept_key(
    client: Client, server: RunningServer, way: str
) -> None:
    row = await replaced(client)
    if way == "credential":
        await replace(client, row.credential_id)
    else:
        given = {"id": row.integration_id, "authentication": {"secretKey": secret_key()}}
        await client.result(UPDATE_INTEGRATION, input=given)
    assert (await reveal(client, row.integration_id, "PREVIOUS"))["__typename"] == "NoPreviousSecretError"
    assert await stored_previous(server, row.credential_id) == _NOTHING


@pytest.mark.parametrize("seconds", [-1, 604_801, 2**31 - 1])
async def test_no_key_is_kept_for_less_than_nothing_or_more_than_a_week(client: Client, seconds: int) -> None:
    credential = await add_credential(client)
    result = await replace(client, credential["id"], keepPreviousSeconds=seconds)
    assert (result["__typename"], result["field"]) == ("InvalidInputError", "keepPreviousSeconds")
    assert result["message"] == "The previous key can be kept for 0 to 604,800 seconds, which are seven days."
    assert await kinds(client) == ["CREDENTIAL_CREATED"]


async def test_a_week_is_allowed(client: Client) -> None:
    row = await replaced(client, 604_800)
    assert (await reveal(client, row.integration_id, "PREVIOUS"))["secretKey"] == row.previous


async def test_renaming_and_verifying_leave_a_kept_key(client: Client) -> None:
    row = await replaced(client)
    await client.result(UPDATE_CREDENTIAL, input={"id": row.credential_id, "name": "Renamed"})
    await client.result(VERIFY_CREDENTIAL, input={"id": row.credential_id})
    result = await reveal(client, row.integration_id, "PREVIOUS")
    assert (result["secretKey"], result["secretVersion"]) == (row.previous, 1)


async def test_a_key_that_stripe_rejects_is_not_worth_keeping(client: Client, server: RunningServer) -> None:
    key = secret_key()
    integration = await add_integration(client, authentication={"secretKey": key})
    await change_key(server, client, integration["credential"]["id"], key, "rejected")
    await replace(client, integration["credential"]["id"], keepPreviousSeconds=HOUR)
    assert await stored_previous(server, integration["credential"]["id"]) == _NOTHING


async def test_a_kept_key_has_the_account_and_mode_that_it_had(client: Client) -> None:
    live = secret_key("sk_live_", "otheraccount")
    row = await replaced(client, secretKey=live, allowAccountChange=True)
    names = ("secretKey", "stripeAccountId", "destination", "livemode")
    current = await reveal(client, row.integration_id)
    assert [current[name] for name in names] == [live, "acct_1SandboxOther", "STRIPE", True]
    kept = await reveal(client, row.integration_id, "PREVIOUS")
    assert [kept[name] for name in names] == [row.previous, "acct_1SandboxDrawbridge", "STRIPE_TEST_MODE", False]


async def test_a_kept_key_of_an_unknown_account_is_not_given_the_current_keys(client: Client) -> None:
    restricted = secret_key("rk_test_", "restricted")
    integration = await add_integration(client, authentication={"secretKey": restricted})
    before = await reveal(client, integration["id"])
    await replace(client, integration["credential"]["id"], keepPreviousSeconds=HOUR)
    assert (await reveal(client, integration["id"]))["stripeAccountId"] == "acct_1SandboxDrawbridge"
    assert await reveal(client, integration["id"], "PREVIOUS") == before


async def test_an_integration_that_reveals_nothing_reveals_no_kept_key(client: Client, server: RunningServer) -> None:
    row = await replaced(client)
    await change_key(server, client, row.credential_id, row.current, "rejected")
    assert (await reveal(client, row.integration_id, "PREVIOUS"))["__typename"] == "CredentialNotConnectedError"
    await client.result(UPDATE_INTEGRATION, input={"id": row.integration_id, "active": False})
    assert (await reveal(client, row.integration_id, "PREVIOUS"))["__typename"] == "IntegrationInactiveError"


async def test_a_damaged_kept_key_is_none_and_the_credential_stays_connected(
    client: Client, server: RunningServer
) -> None:
    """The current secret is moved to the place of the previous one, where it does not decrypt."""
    row = await replaced(client)
    async with open_database(server.settings):
        moved = (await Credential.get(id=row.credential_id)).sealed_secret
        await Credential.filter(id=row.credential_id).update(sealed_previous_secret=moved)
    assert await previous.valid_until(client, row.credential_id) is None
    assert (await reveal(client, row.integration_id, "PREVIOUS"))["__typename"] == "NoPreviousSecretError"
    assert (await reveal(client, row.integration_id))["secretKey"] == row.current


async def test_a_kept_key_whose_encryption_key_is_elsewhere_is_left_as_it_is(
    client: Client, server: RunningServer
) -> None:
    row = await replaced(client)
    async with open_database(server.settings):
        sealed = str((await Credential.get(id=row.credential_id)).sealed_previous_secret)
        elsewhere = f"v1.elsewhere.{sealed.split('.')[2]}"
        await Credential.filter(id=row.credential_id).update(sealed_previous_secret=elsewhere)
    given = {"integrationId": row.integration_id, "reason": "Sync", "version": "PREVIOUS"}
    assert (await client.error(REVEAL_SECRET, input=given))["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert await previous.valid_until(client, row.credential_id) is not None


@pytest.mark.parametrize("seconds", [-1, HOUR])
async def test_no_key_is_kept_unless_another_replaces_it(client: Client, seconds: int) -> None:
    credential = await add_credential(client)
    given = {"id": credential["id"], "name": "Other", "keepPreviousSeconds": seconds}
    result = await client.result(UPDATE_CREDENTIAL, input=given)
    assert (result["__typename"], result["field"]) == ("InvalidInputError", "keepPreviousSeconds")
    assert result["message"] == "No key is replaced. Pass secretKey, too, or omit this."
    assert (await client.result(UPDATE_CREDENTIAL, input=given | {"keepPreviousSeconds": 0}))["credential"]
