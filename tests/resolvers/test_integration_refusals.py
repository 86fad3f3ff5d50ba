"""Refusals of integrations, after which nothing is saved."""

import asyncio
from typing import Any

import pytest

from tests.support.actions import add_credential, add_integration, history
from tests.support.client import Client
from tests.support.documents import CREATE_INTEGRATION, DELETE_INTEGRATION, INTEGRATIONS, SET_ACTIVE, UPDATE_INTEGRATION
from tests.support.secrecy import keep, secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import change_key

UNKNOWN = "integration_01m7zya908eqrbf2erv6qwz5ee"


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (keep("hunter2 is my password"), "MALFORMED"),
        (keep("sk_test_with spaces inside 1234"), "MALFORMED"),
        (keep("sk_test_ümläut12345678"), "MALFORMED"),
        ("", "MALFORMED"),
        (secret_key("pk_test_"), "PUBLISHABLE_KEY"),
        (secret_key("sk_org_live_"), "ORGANIZATION_KEY"),
        (secret_key("whsec_"), "WEBHOOK_SECRET"),
        (secret_key("absec_"), "APP_SECRET"),
        (secret_key("rt_"), "REFRESH_TOKEN"),
        (secret_key("ac_"), "AUTHORIZATION_CODE"),
        ("sk_test_…4242", "MASKED_KEY"),
        (secret_key(behaviour="rejected"), "REJECTED"),
        (secret_key(behaviour="revoked"), "REJECTED"),
        (secret_key(behaviour="expired"), "EXPIRED"),
        (secret_key(behaviour="ipblocked"), "IP_NOT_ALLOWED"),
    ],
)
async def test_an_invalid_key_is_explained_and_nothing_is_saved(client: Client, key: str, reason: str) -> None:
    result = await client.result(CREATE_INTEGRATION, input={"name": "Billing", "authentication": {"secretKey": key}})
    assert (result["__typename"], result["reason"]) == ("InvalidSecretKeyError", reason)
    assert await history(client) == []
    assert (await client.result(INTEGRATIONS))["totalCount"] == 0


async def test_an_invalid_key_is_told_before_a_missing_name(client: Client) -> None:
    """A user who has not entered a name yet learns that the key is invalid, as the system guide has it."""
    given = {"name": "", "authentication": {"secretKey": secret_key(behaviour="rejected")}}
    refused = await client.result(CREATE_INTEGRATION, input=given)
    assert refused["message"].startswith("The secret key is invalid")
    valid = await client.result(CREATE_INTEGRATION, input=given | {"authentication": {"secretKey": secret_key()}})
    assert (valid["__typename"], valid["field"]) == ("InvalidInputError", "name")


@pytest.mark.parametrize(
    ("behaviour", "seconds"),
    [
        ("ratelimited", None),
        ("retryafter", 7),
        ("unavailable", None),
        pytest.param("slow", None, marks=pytest.mark.slow),
    ],
)
async def test_stripe_being_away_is_not_an_invalid_key(client: Client, behaviour: str, seconds: int | None) -> None:
    given = {"name": "Billing", "authentication": {"secretKey": secret_key(behaviour=behaviour)}}
    result = await client.result(CREATE_INTEGRATION, input=given)
    assert (result["__typename"], result["retryAfterSeconds"]) == ("StripeUnavailableError", seconds)
    assert await history(client) == []


async def test_a_restricted_key_that_may_not_read_its_account_is_taken(client: Client) -> None:
    key = secret_key("rk_test_", "restricted")
    integration = await add_integration(client, authentication={"secretKey": key})
    account = integration["credential"]["account"]
    assert (integration["status"], account["accountId"], account["name"]) == ("ACTIVE", "acct_1SandboxDrawbridge", None)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "two\nlines", "null\0", "bell\x07", "line\u2028separator"])
async def test_a_name_has_to_be_one_to_a_hundred_printable_characters(client: Client, name: str) -> None:
    given = {"name": name, "authentication": {"secretKey": secret_key()}}
    result = await client.result(CREATE_INTEGRATION, input=given)
    assert (result["__typename"], result["field"]) == ("InvalidInputError", "name")


@pytest.mark.parametrize("name", ["x" * 100, "Zahlungen 🧾 für Zoë", "Ⅷ", "👩‍👩‍👧", "\ufdfa" * 100])
async def test_names_may_be_in_any_script(client: Client, name: str) -> None:
    assert (await add_integration(client, name))["name"] == name


@pytest.mark.parametrize("field", ["name", "authentication", "active"])
async def test_null_where_it_says_nothing_is_refused(client: Client, field: str) -> None:
    integration = await add_integration(client)
    result = await client.result(UPDATE_INTEGRATION, input={"id": integration["id"], field: None})
    assert (result["__typename"], result["field"]) == ("InvalidInputError", field)


@pytest.mark.parametrize("id_", [UNKNOWN, "integration_1", "", "credential_01m7zya908eqrbf2erv6qwz5ee", "'; --", "\0"])
@pytest.mark.parametrize("document", [UPDATE_INTEGRATION, DELETE_INTEGRATION, SET_ACTIVE])
async def test_an_unknown_id_is_told_as_such(client: Client, document: str, id_: str) -> None:
    more: dict[str, Any] = {"active": True} if document is SET_ACTIVE else {}
    result = await client.result(document, input={"id": id_, **more})
    assert (result["__typename"], result["missingId"]) == ("NotFoundError", id_)


async def test_an_unknown_credential_cannot_be_used(client: Client) -> None:
    given = {"name": "Billing", "authentication": {"credentialId": "credential_01m7zya908eqrbf2erv6qwz5ee"}}
    assert (await client.result(CREATE_INTEGRATION, input=given))["__typename"] == "NotFoundError"


async def test_a_disconnected_credential_cannot_be_used_or_switched_on(client: Client, server: RunningServer) -> None:
    key = secret_key()
    credential = await add_credential(client, key=key)
    integration = await add_integration(client, active=False, authentication={"credentialId": credential["id"]})
    await change_key(server, client, credential["id"], key, "rejected")
    given = {"name": "Second", "authentication": {"credentialId": credential["id"]}}
    created = await client.result(CREATE_INTEGRATION, input=given)
    switched = await client.result(SET_ACTIVE, input={"id": integration["id"], "active": True})
    assert created["__typename"] == switched["__typename"] == "CredentialNotConnectedError"
    assert created["credential"] == switched["credential"] == {"status": "DISCONNECTED"}


async def test_an_edit_that_expects_an_old_version_is_stale(client: Client) -> None:
    integration = await add_integration(client)
    await client.result(UPDATE_INTEGRATION, input={"id": integration["id"], "name": "New"})
    for document, more in (
        (UPDATE_INTEGRATION, {"name": "X"}),
        (SET_ACTIVE, {"active": False}),
        (DELETE_INTEGRATION, {}),
    ):
        result = await client.result(document, input={"id": integration["id"], "expectedVersion": 1, **more})
        assert (result["__typename"], result["currentVersion"]) == ("StaleVersionError", 2)
    current = await client.result(DELETE_INTEGRATION, input={"id": integration["id"], "expectedVersion": 2})
    assert current["__typename"] == "DeleteIntegrationSuccess"


async def test_of_edits_that_expect_the_same_version_one_wins(client: Client) -> None:
    integration = await add_integration(client)
    results = await asyncio.gather(
        *(
            client.result(UPDATE_INTEGRATION, input={"id": integration["id"], "name": f"N{n}", "expectedVersion": 1})
            for n in range(8)
        )
    )
    assert sorted(result["__typename"] for result in results) == ["StaleVersionError"] * 7 + [
        "UpdateIntegrationSuccess"
    ]


async def test_of_additions_of_the_same_name_one_wins(client: Client) -> None:
    results = await asyncio.gather(
        *(
            client.result(CREATE_INTEGRATION, input={"name": "Same", "authentication": {"secretKey": secret_key()}})
            for _ in range(8)
        )
    )
    assert sorted(result["__typename"] for result in results) == ["CreateIntegrationSuccess"] + ["NameTakenError"] * 7


async def test_an_edit_with_a_key_of_another_account_is_refused(client: Client) -> None:
    integration = await add_integration(client)
    for key in (secret_key(behaviour="otheraccount"), secret_key("sk_live_")):
        given = {"id": integration["id"], "authentication": {"secretKey": key}, "name": "Not this either"}
        result = await client.result(UPDATE_INTEGRATION, input=given)
        assert (result["__typename"], result["reason"]) == ("InvalidSecretKeyError", "ACCOUNT_CHANGED")
    assert (await client.result(INTEGRATIONS))["nodes"] == [integration]


async def test_an_edit_with_a_key_of_another_account_may_be_allowed(client: Client) -> None:
    integration = await add_integration(client)
    given = {
        "id": integration["id"],
        "authentication": {"secretKey": secret_key("sk_live_")},
        "allowAccountChange": True,
    }
    result = await client.result(UPDATE_INTEGRATION, input=given)
    assert result["__typename"] == "UpdateIntegrationSuccess"
    (credential,) = {node["credential"]["destination"] for node in (await client.result(INTEGRATIONS))["nodes"]}
    assert credential == "STRIPE"
