"""Restricted keys: each required permission is looked for when a key is added, replaced or verified."""

from pathlib import Path

import pytest

from models import Credential
from resolvers.credentials.permissions import calls_of_check
from tests.support.actions import add_credential, add_integration, kinds, permissions_of
from tests.support.checks import checker, move
from tests.support.documents import (
    CREATE_CREDENTIAL,
    CREATE_INTEGRATION,
    INTEGRATION,
    KEY_PERMISSIONS,
    UPDATE_CREDENTIAL,
    UPDATE_INTEGRATION,
    VERIFY_CREDENTIAL,
)
from tests.support.gate import open_gate
from tests.support.oauth import connect
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import restrict_at_stripe, restricted_key

_LABELS = {"customer_read": "Customers Read", "plan_read": "Prices Read", "customer_write": "Customers Write"}
_LACKS_PRICES = "The key lacks the permission Prices Read. Edit the key in the Stripe Dashboard."


@pytest.fixture
async def tenant(requiring: RunningServer) -> Tenant:
    """An organization for this test alone."""
    return await new_tenant(requiring)


def permissions(**statuses: str) -> list[dict[str, str]]:
    """The permissions that the server requires, with these statuses."""
    return [{"name": name, "label": _LABELS[name], "status": status} for name, status in statuses.items()]


_PRICES_MISSING = permissions(customer_read="GRANTED", plan_read="MISSING", customer_write="UNKNOWN")
_COMPLETE = permissions(customer_read="GRANTED", plan_read="GRANTED", customer_write="UNKNOWN")


@pytest.mark.parametrize("wording", ["older", "newer"])
async def test_what_a_new_key_lacks_is_saved_with_it_and_said(tenant: Tenant, wording: str) -> None:
    key = await restricted_key(tenant.server, wording=wording)
    added = await tenant.client.result(CREATE_CREDENTIAL, input={"name": "Keys", "secretKey": key})
    assert added["message"] == f"Credential “Keys” has been added. {_LACKS_PRICES}"
    assert added["credential"]["status"] == "CONNECTED"
    stored = await tenant.client.result(KEY_PERMISSIONS, id=added["credential"]["id"])
    assert stored == {"secretKeyKind": "RESTRICTED", "permissions": _PRICES_MISSING}


async def test_a_mutation_returns_them_with_the_credential(tenant: Tenant) -> None:
    document = """mutation ($key: Secret!) { createCredential(input: {name: "Keys", secretKey: $key}) {
        ... on CreateCredentialSuccess { credential { secretKeyKind permissions { name label status } } } } }"""
    added = await tenant.client.result(document, key=await restricted_key(tenant.server))
    assert added["credential"] == {"secretKeyKind": "RESTRICTED", "permissions": _PRICES_MISSING}


async def test_unknown_words_are_not_taken_for_a_missing_permission(tenant: Tenant) -> None:
    key = await restricted_key(tenant.server, "accounts_kyc_basic_read", wording="other")
    added = await tenant.client.result(CREATE_CREDENTIAL, input={"name": "Keys", "secretKey": key})
    assert added["message"] == "Credential “Keys” has been added."
    found = await permissions_of(tenant.client, added["credential"])
    assert {permission["status"] for permission in found} == {"UNKNOWN"}


async def test_what_the_key_of_an_integration_lacks_is_said_too(tenant: Tenant) -> None:
    client, server = tenant.client, tenant.server
    given = {"name": "Billing", "authentication": {"secretKey": await restricted_key(server)}}
    added = await client.result(CREATE_INTEGRATION, input=given)
    assert added["message"] == f"Integration “Billing” has been added. {_LACKS_PRICES}"
    id_ = added["integration"]["id"]
    renamed = await client.result(UPDATE_INTEGRATION, input={"id": id_, "name": "Invoices"})
    assert renamed["message"] == "Integration “Invoices” has been updated."
    key = await restricted_key(server, "plan_read customer_write")
    replaced = await client.result(UPDATE_INTEGRATION, input={"id": id_, "authentication": {"secretKey": key}})
    assert replaced["message"] == "Integration “Invoices” has been updated."
    assert await permissions_of(client, replaced["integration"]["credential"]) == _COMPLETE


async def test_a_replaced_key_is_looked_at_anew(tenant: Tenant) -> None:
    client, server = tenant.client, tenant.server
    credential = await add_credential(client, key=await restricted_key(server, "customer_read plan_read"))
    assert await permissions_of(client, credential) == _COMPLETE
    given = {"id": credential["id"], "secretKey": await restricted_key(server)}
    replaced = await client.result(UPDATE_CREDENTIAL, input=given)
    assert replaced["message"] == f"Credential “Keys” has been updated. {_LACKS_PRICES}"
    assert await permissions_of(client, credential) == _PRICES_MISSING
    renamed = await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "name": "Other"})
    assert renamed["message"] == "Credential “Other” has been updated."


async def test_a_verified_key_is_looked_at_anew(tenant: Tenant) -> None:
    client, server, key = tenant.client, tenant.server, await restricted_key(tenant.server)
    credential = await add_credential(client, key=key)
    verified = await client.result(VERIFY_CREDENTIAL, input={"id": credential["id"]})
    assert verified["message"] == f"Credential “Keys” works. {_LACKS_PRICES}"
    await restrict_at_stripe(server, key, "customer_read plan_read")
    verified = await client.result(VERIFY_CREDENTIAL, input={"id": credential["id"]})
    assert verified["message"] == "Credential “Keys” works."
    assert verified["credential"]["version"] == credential["version"]
    assert await permissions_of(client, credential) == _COMPLETE


@pytest.mark.slow
async def test_the_check_of_each_day_looks_at_a_key_anew(tmp_path: Path, engine: str) -> None:  # noqa: ARG001 - its own database
    with running_server(tmp_path, STRIPE_REQUIRED_PERMISSIONS="customer_read,plan_read,customer_write") as server:
        client, key = (await new_tenant(server)).client, await restricted_key(server)
        credential = await add_credential(client, key=key)
        before = await kinds(client)
        await restrict_at_stripe(server, key, "customer_read plan_read")
        async with checker(server.settings) as checks:
            row = await checks.reach(credential["id"])
            assert calls_of_check(checks.services, row) == 1 + 2, "to write is not probed"
        assert await permissions_of(client, credential) == _COMPLETE
        assert await kinds(client) == before


@pytest.mark.slow
async def test_permissions_that_show_as_before_move_no_revision(tmp_path: Path, engine: str) -> None:  # noqa: ARG001 - its own database
    """As in the first check after the upgrade, which finds no permissions stored."""
    with running_server(tmp_path) as server:
        id_ = (await add_credential((await new_tenant(server)).client, key=await restricted_key(server)))["id"]
        async with checker(server.settings) as checks:
            await move(id_, permissions=None)
            before = await _revision(id_)
            assert (await checks.reach(id_)).permissions == "{}"
            assert await _revision(id_) == before


async def _revision(id_: str) -> int:
    """The revision of a credential's organization."""
    credential = await Credential.get(id=id_).select_related("organization")
    revision: int = credential.organization.revision
    return revision


async def test_a_secret_key_has_every_permission_without_being_asked(tenant: Tenant) -> None:
    credential = await add_credential(tenant.client)
    stored = await tenant.client.result(KEY_PERMISSIONS, id=credential["id"])
    assert stored["secretKeyKind"] == "SECRET"
    assert [permission["status"] for permission in stored["permissions"]] == ["GRANTED"] * 3


async def test_a_connected_account_has_no_key(tenant: Tenant) -> None:
    credential = await connect(tenant.client)
    stored = await tenant.client.result(KEY_PERMISSIONS, id=credential["id"])
    assert stored == {"secretKeyKind": None, "permissions": []}


async def test_a_server_that_requires_nothing_looks_for_nothing(server: RunningServer) -> None:
    client = (await new_tenant(server)).client
    credential = await add_credential(client, key=await restricted_key(server))
    assert await permissions_of(client, credential) == []


async def test_the_account_of_a_restricted_key_is_known_by_its_refusal(tenant: Tenant) -> None:
    client, server = tenant.client, tenant.server
    integration = await add_integration(client, authentication={"secretKey": await restricted_key(server)})
    account = {"accountId": "acct_1SandboxDrawbridge", "name": None, "livemode": False}
    assert integration["credential"]["account"] == account
    other = secret_key("rk_test_", "otheraccount")
    await restrict_at_stripe(server, other, "customer_read plan_read")
    given = {"id": integration["id"], "authentication": {"secretKey": other}}
    assert (await client.result(UPDATE_INTEGRATION, input=given))["reason"] == "ACCOUNT_CHANGED"
    changed = await client.result(UPDATE_INTEGRATION, input={**given, "allowAccountChange": True})
    assert changed["integration"]["credential"]["account"] == {**account, "accountId": "acct_1SandboxOther"}


async def test_the_details_of_an_account_stay_when_a_key_reports_only_its_id(tenant: Tenant) -> None:
    client, key = tenant.client, secret_key("rk_test_")
    credential = await add_credential(client, key=key)
    assert credential["account"]["name"] == "Sandbox Business"
    await restrict_at_stripe(tenant.server, key, "customer_read plan_read")
    verified = (await client.result(VERIFY_CREDENTIAL, input={"id": credential["id"]}))["credential"]
    assert (verified["account"], verified["version"]) == (credential["account"], credential["version"])
    given = {"id": credential["id"], "secretKey": await restricted_key(tenant.server)}
    replaced = (await client.result(UPDATE_CREDENTIAL, input=given))["credential"]
    assert replaced["account"] == credential["account"]


async def test_stripe_that_is_slow_to_tell_a_permission_holds_nobody_up(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with open_gate() as gate:
        folder, required = tmp_path_factory.mktemp("gated"), "customer_read,plan_read"
        with running_server(folder, STRIPE_REQUIRED_PERMISSIONS=required, **gate.settings) as server:
            client, key = (await new_tenant(server)).client, secret_key("rk_test_")
            with gate.holding("/v1/customers") as hold:
                integration = await add_integration(client, authentication={"secretKey": key})
                assert hold.waiting == 1
            stored = await client.result(INTEGRATION, id=integration["id"])
            found = await permissions_of(client, stored["credential"])
    statuses = {permission["name"]: permission["status"] for permission in found}
    assert statuses == {"customer_read": "UNKNOWN", "plan_read": "GRANTED"}
