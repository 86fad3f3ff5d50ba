"""checkSecretKey answers as adding a key would, and leaves nothing behind."""

import pytest

from models import IdempotentRequest
from tests.resolvers.test_key_permissions import permissions
from tests.support.actions import add_credential, state
from tests.support.client import Client
from tests.support.databases import opened, stored
from tests.support.documents import CHECK_SECRET_KEY, CREATE_CREDENTIAL, CREATE_INTEGRATION, DELETE_CREDENTIAL
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import change_key, restricted_key
from tests.support.waiting import until

_ACCOUNT = {"accountId": "acct_1SandboxDrawbridge", "name": "Sandbox Business", "livemode": False}


@pytest.fixture
async def tenant(requiring: RunningServer) -> Tenant:
    """An organization for this test alone."""
    return await new_tenant(requiring)


async def test_a_secret_key(tenant: Tenant) -> None:
    assert await tenant.client.result(CHECK_SECRET_KEY, input={"secretKey": secret_key()}) == {
        "__typename": "CheckSecretKeySuccess",
        "message": "Stripe accepts this secret key.",
        "destination": "STRIPE_TEST_MODE",
        "kind": "SECRET",
        "account": _ACCOUNT,
        "permissions": permissions(customer_read="GRANTED", plan_read="GRANTED", customer_write="GRANTED"),
        "sameAccount": [],
    }


async def test_a_restricted_key(tenant: Tenant) -> None:
    key = await restricted_key(tenant.server)
    assert await tenant.client.result(CHECK_SECRET_KEY, input={"secretKey": key}) == {
        "__typename": "CheckSecretKeySuccess",
        "message": "Stripe accepts this restricted key. The key lacks the permission Prices Read. Edit the key in the "
        "Stripe Dashboard.",
        "destination": "STRIPE_TEST_MODE",
        "kind": "RESTRICTED",
        "account": _ACCOUNT | {"name": None},
        "permissions": permissions(customer_read="GRANTED", plan_read="MISSING", customer_write="UNKNOWN"),
        "sameAccount": [],
    }


async def test_a_live_key_whose_account_is_not_named(tenant: Tenant) -> None:
    given = {"secretKey": secret_key("rk_live_", "morepermissions")}
    checked = await tenant.client.result(CHECK_SECRET_KEY, input=given)
    assert (checked["destination"], checked["account"], checked["sameAccount"]) == ("STRIPE", None, [])


@pytest.mark.parametrize(
    ("behaviour", "answer"),
    [
        ("rejected", ("InvalidSecretKeyError", "REJECTED")),
        ("expired", ("InvalidSecretKeyError", "EXPIRED")),
        ("unavailable", ("StripeUnavailableError", None)),
    ],
)
async def test_it_refuses_as_adding_the_key_does(
    tenant: Tenant, behaviour: str, answer: tuple[str, str | None]
) -> None:
    key = secret_key("rk_test_", behaviour)
    checked = await tenant.client.result(CHECK_SECRET_KEY, input={"secretKey": key})
    added = await tenant.client.result(CREATE_CREDENTIAL, input={"name": "Keys", "secretKey": key})
    assert checked == added
    assert (checked["__typename"], checked.get("reason")) == answer


async def test_other_permissions_can_be_looked_for(tenant: Tenant) -> None:
    key = await restricted_key(tenant.server, "charge_read")
    wanted = ["charge_read", "invoice_read", "charge_read"]
    checked = await tenant.client.result(CHECK_SECRET_KEY, input={"secretKey": key, "permissions": wanted})
    assert checked["permissions"] == [
        {"name": "charge_read", "label": "Charges and Refunds Read", "status": "GRANTED"},
        {"name": "invoice_read", "label": "Invoices Read", "status": "MISSING"},
    ]
    none = await tenant.client.result(CHECK_SECRET_KEY, input={"secretKey": key, "permissions": []})
    assert none["permissions"] == []
    usual = await tenant.client.result(CHECK_SECRET_KEY, input={"secretKey": key, "permissions": None})
    assert len(usual["permissions"]) == 3


@pytest.mark.parametrize("name", ["customers_read", "rak_customer_read", "", "\0", "x" * 10_000])
async def test_a_permission_that_stripe_does_not_have_is_refused(tenant: Tenant, name: str) -> None:
    given = {"secretKey": secret_key(), "permissions": ["charge_read", name]}
    refused = await tenant.client.result(CHECK_SECRET_KEY, input=given)
    assert (refused["__typename"], refused["field"]) == ("InvalidInputError", "permissions")
    assert len(refused["message"]) < 200


async def test_nothing_is_left_behind(tenant: Tenant) -> None:
    client, server = tenant.client, tenant.server
    await add_credential(client)
    before, begin = await state(client), server.log.stat().st_size
    refused, limited = secret_key(behaviour="rejected"), secret_key("rk_live_", "restricted")
    keys = [secret_key(), await restricted_key(server), refused, limited]
    for number, key in enumerate(keys):
        body = {"query": CHECK_SECRET_KEY, "variables": {"input": {"secretKey": key}}}
        await client.send(json=body, headers={"Idempotency-Key": f"check-{number}"})
    await until(lambda: _logged(server, begin).count("field=checkSecretKey") == len(keys))
    assert await state(client) == before
    assert "cause=" not in _logged(server, begin)
    everything = await stored(server.settings) + _logged(server, begin)
    assert [key for key in keys if key in everything] == []
    async with opened(server.settings):
        assert not await IdempotentRequest.filter(key__startswith="check-").exists()


async def test_a_failure_that_concerns_the_operator_is_logged(tenant: Tenant) -> None:
    begin = tenant.server.log.stat().st_size
    await tenant.client.result(CHECK_SECRET_KEY, input={"secretKey": secret_key(behaviour="webpage")})
    await until(lambda: "cause=malformed_response" in _logged(tenant.server, begin))


def _logged(server: RunningServer, begin: int) -> str:
    return server.log.read_bytes()[begin:].decode()


async def _same_account(client: Client, key: str) -> list[str]:
    checked = await client.result(CHECK_SECRET_KEY, input={"secretKey": key})
    return [credential["name"] for credential in checked["sameAccount"]]


async def test_the_credentials_of_its_account_are_named(tenant: Tenant) -> None:
    client, first = tenant.client, secret_key()
    credential = await add_credential(client, "First", first)
    await add_credential(client, "Live", secret_key("sk_live_"))
    await add_credential(client, "Other", secret_key(behaviour="otheraccount"))
    await add_credential((await new_tenant(tenant.server)).client, "Foreign")
    await add_credential(client, "Second", await restricted_key(tenant.server))
    key = await restricted_key(tenant.server)
    assert await _same_account(client, key) == ["First", "Second"]
    said = (await client.result(CHECK_SECRET_KEY, input={"secretKey": secret_key()}))["message"]
    already = "Its Stripe account is connected already, by the credential “First” and others."
    assert said == f"Stripe accepts this secret key. {already}"
    await change_key(tenant.server, client, credential["id"], first, "rejected")
    assert await _same_account(client, key) == ["First", "Second"]
    said = (await client.result(CHECK_SECRET_KEY, input={"secretKey": secret_key()}))["message"]
    assert said.endswith("by the credential “Second”.")
    await client.result(DELETE_CREDENTIAL, input={"id": credential["id"]})
    assert await _same_account(client, key) == ["Second"]


async def test_ten_of_them_are_named(tenant: Tenant) -> None:
    names = [f"Keys {number:02}" for number in range(12)]
    for name in names:
        await add_credential(tenant.client, name)
    assert await _same_account(tenant.client, secret_key()) == names[:10]


async def test_adding_says_that_the_account_is_connected_already(tenant: Tenant) -> None:
    client = tenant.client
    credential = await add_credential(client, "First")
    already = "Its Stripe account is connected already, by the credential “First”."
    given = {"name": "Billing", "authentication": {"credentialId": credential["id"]}}
    assert (await client.result(CREATE_INTEGRATION, input=given))["message"] == "Integration “Billing” has been added."
    given = {"name": "Invoices", "authentication": {"secretKey": secret_key()}}
    added = await client.result(CREATE_INTEGRATION, input=given)
    assert added["message"] == f"Integration “Invoices” has been added. {already}"
    added = await client.result(CREATE_CREDENTIAL, input={"name": "Keys", "secretKey": secret_key()})
    assert added["message"] == f"Credential “Keys” has been added. {already[:-1]} and others."
    other = {"name": "Other", "secretKey": secret_key(behaviour="otheraccount")}
    assert (await client.result(CREATE_CREDENTIAL, input=other))["message"] == "Credential “Other” has been added."
