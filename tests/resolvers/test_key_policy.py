"""KEY_POLICY decides which secret keys are accepted, and whether a message says what a key lacks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.actions import add_credential, add_integration, permissions_of, state
from tests.support.client import Client
from tests.support.documents import (
    CHECK_SECRET_KEY,
    CREATE_CREDENTIAL,
    CREATE_INTEGRATION,
    RESTORE_SECRET,
    UPDATE_CREDENTIAL,
    UPDATE_INTEGRATION,
)
from tests.support.oauth import connect
from tests.support.organizations import Tenant, new_tenant
from tests.support.previous import HOUR, replace
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import restrict_at_stripe, restricted_key

_REQUIRED = "customer_read,plan_read"
_HOW = (
    "This secret key may do everything, and only restricted keys are accepted. In the Stripe Dashboard, under API "
    "keys, select “Create restricted key”, and create one with these permissions: Customers Read, Prices Read."
)
_LACKS = "The key lacks the permission Prices Read. Edit the key in the Stripe Dashboard."


def _server(tmp_path_factory: pytest.TempPathFactory, policy: str) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp(policy)
    with running_server(folder, KEY_POLICY=policy, STRIPE_REQUIRED_PERMISSIONS=_REQUIRED) as running:
        yield running


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:  # noqa: ARG001 - each has its own
    """A server that accepts restricted keys only."""
    yield from _server(tmp_path_factory, "restricted")


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:  # noqa: ARG001 - likewise
    """A server that accepts any key without a word."""
    yield from _server(tmp_path_factory, "any")


@pytest.fixture
async def tenant(strict: RunningServer) -> Tenant:
    """An organization for this test alone."""
    return await new_tenant(strict)


async def _answers(client: Client, key: str, credential_id: str, integration_id: str) -> list[dict[str, str]]:
    """The answers of all mutations that would save the key."""
    authentication = {"secretKey": key}
    return [
        await client.result(CREATE_CREDENTIAL, input={"name": "More", "secretKey": key}),
        await client.result(CREATE_INTEGRATION, input={"name": "More", "authentication": authentication}),
        await client.result(UPDATE_CREDENTIAL, input={"id": credential_id, "secretKey": key}),
        await client.result(UPDATE_INTEGRATION, input={"id": integration_id, "authentication": authentication}),
    ]


async def test_only_restricted_keys_with_all_permissions_are_saved(tenant: Tenant) -> None:
    client, good = tenant.client, await restricted_key(tenant.server, "customer_read plan_read")
    credential = await add_credential(client, key=good)
    integration = await add_integration(client, authentication={"credentialId": credential["id"]})
    before, ids = await state(client), (credential["id"], integration["id"])
    for answer in await _answers(client, secret_key(), *ids):
        assert (answer["reason"], answer["message"]) == ("UNRESTRICTED_KEY", _HOW)
    for answer in await _answers(client, await restricted_key(tenant.server), *ids):
        assert (answer["reason"], answer["message"]) == ("PERMISSIONS_MISSING", _LACKS)
    assert await state(client) == before


async def test_an_unknown_permission_forbids_nothing(tenant: Tenant) -> None:
    key = await restricted_key(tenant.server, "accounts_kyc_basic_read", wording="other")
    found = await permissions_of(tenant.client, await add_credential(tenant.client, key=key))
    assert [permission["status"] for permission in found] == ["UNKNOWN", "UNKNOWN"]


async def test_a_check_names_what_a_key_lacks_and_refuses_a_secret_key(tenant: Tenant) -> None:
    lacking = await restricted_key(tenant.server)
    checked = await tenant.client.result(CHECK_SECRET_KEY, input={"secretKey": lacking})
    assert [permission["status"] for permission in checked["permissions"]] == ["GRANTED", "MISSING"]
    assert (await tenant.client.result(CHECK_SECRET_KEY, input={"secretKey": secret_key()}))["message"] == _HOW


@pytest.mark.usefixtures("engine")
async def test_a_previous_key_is_restored_whatever_it_may_do(tmp_path: Path) -> None:
    """It is a stored key, which the policy leaves as it is, and a rollback must not wait for another key."""
    restricted, unrestricted = secret_key("rk_test_"), secret_key()
    with running_server(tmp_path, KEY_POLICY="warn", STRIPE_REQUIRED_PERMISSIONS=_REQUIRED) as before:
        client = (await new_tenant(before)).client
        ids = [(await add_credential(client, key[:2], key))["id"] for key in (unrestricted, restricted)]
        for id_ in ids:
            replaced = await replace(client, id_, secret_key("rk_test_"), keepPreviousSeconds=HOUR)
            assert replaced["__typename"] == "UpdateCredentialSuccess"
    with running_server(tmp_path, KEY_POLICY="restricted", STRIPE_REQUIRED_PERMISSIONS=_REQUIRED) as after:
        await restrict_at_stripe(after, restricted, "customer_read")
        client = Client(after.address, client.token)
        for id_, lacks in zip(ids, ("", f" {_LACKS}"), strict=True):
            result = await client.result(RESTORE_SECRET, input={"id": id_})
            assert result["message"].endswith(f"has its previous key again.{lacks}"), result


async def test_accounts_still_connect(tenant: Tenant) -> None:
    assert (await connect(tenant.client))["status"] == "CONNECTED"


async def test_any_key_is_accepted_without_a_word(lenient: RunningServer) -> None:
    client, key = (await new_tenant(lenient)).client, await restricted_key(lenient)
    added = await client.result(CREATE_CREDENTIAL, input={"name": "Keys", "secretKey": key})
    assert added["message"] == "Credential “Keys” has been added."
    found = await permissions_of(client, added["credential"])
    assert [permission["status"] for permission in found] == ["GRANTED", "MISSING"]
