"""Checks of keys with Stripe are limited per viewer, so that nobody can test stolen keys with this server."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from models import Scope
from tests.support.actions import add_credential, add_integration, kinds
from tests.support.client import Client
from tests.support.documents import (
    CHECK_SECRET_KEY,
    CREATE_CREDENTIAL,
    CREATE_INTEGRATION,
    UPDATE_CREDENTIAL,
    UPDATE_INTEGRATION,
    VERIFY_CREDENTIAL,
)
from tests.support.oauth import begin, complete, returned
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server

_PER_MINUTE = 3
_PAUSE = 60 / _PER_MINUTE


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with a low limit on checks."""
    folder = tmp_path_factory.mktemp("strict")
    database = f"sqlite:///{folder}/drawbridge.sqlite3"
    with running_server(folder, DATABASE_URL=database, KEY_CHECKS_PER_MINUTE=str(_PER_MINUTE)) as running:
        yield running


@pytest.fixture
async def tenant(strict: RunningServer) -> Tenant:
    """An organization for this test alone."""
    return await new_tenant(strict)


async def _guess(client: Client, times: int) -> None:
    for _ in range(times):
        guess = {"name": "Guess", "secretKey": secret_key(behaviour="rejected")}
        assert (await client.result(CREATE_CREDENTIAL, input=guess))["reason"] == "REJECTED"


async def test_each_way_to_have_a_key_checked_is_refused_alike_and_changes_nothing(tenant: Tenant) -> None:
    setter_up, client = await tenant.client_with(*Scope), tenant.client
    credential, integration = await add_credential(setter_up), await add_integration(setter_up)
    await _guess(client, _PER_MINUTE)
    before = await kinds(setter_up)
    asked: list[tuple[str, dict[str, Any]]] = [
        (CREATE_CREDENTIAL, {"name": "More", "secretKey": secret_key()}),
        (CREATE_INTEGRATION, {"name": "More", "authentication": {"secretKey": secret_key()}}),
        (UPDATE_CREDENTIAL, {"id": credential["id"], "secretKey": secret_key()}),
        (UPDATE_INTEGRATION, {"id": integration["id"], "authentication": {"secretKey": secret_key()}}),
        (VERIFY_CREDENTIAL, {"id": credential["id"]}),
        (CHECK_SECRET_KEY, {"secretKey": secret_key()}),
    ]
    for document, given in asked:
        error = await client.error(document, input=given)
        assert 0 < error["extensions"].pop("retryAfterSeconds") <= _PAUSE
        assert error["extensions"] == {"code": "RATE_LIMITED"}
    assert await kinds(setter_up) == before


async def test_an_account_that_has_been_connected_is_told_to_be(tenant: Tenant) -> None:
    given = await returned(await begin(tenant.client))
    await _guess(tenant.client, _PER_MINUTE)
    connected = await complete(tenant.client, given)
    assert (connected["__typename"], connected["credential"]["status"]) == ("CompleteStripeAuthSuccess", "CONNECTED")


async def test_what_does_not_go_to_stripe_is_not_counted(tenant: Tenant) -> None:
    for _ in range(2 * _PER_MINUTE):
        malformed = await tenant.client.result(CREATE_CREDENTIAL, input={"name": "Keys", "secretKey": "nonsense"})
        assert malformed["reason"] == "MALFORMED"
    credential = await add_credential(tenant.client)
    await _guess(tenant.client, _PER_MINUTE - 1)
    renamed = await tenant.client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "name": "Other"})
    assert renamed["__typename"] == "UpdateCredentialSuccess"


async def test_a_check_without_saving_counts_once_whatever_it_looks_for(tenant: Tenant) -> None:
    wanted = ["customer_read", "plan_read", "charge_read", "invoice_read"]
    for _ in range(_PER_MINUTE):
        given = {"secretKey": secret_key("rk_test_"), "permissions": wanted}
        assert len((await tenant.client.result(CHECK_SECRET_KEY, input=given))["permissions"]) == len(wanted)
    error = await tenant.client.error(CHECK_SECRET_KEY, input={"secretKey": secret_key()})
    assert error["extensions"]["code"] == "RATE_LIMITED"


async def test_another_viewer_is_not_concerned(tenant: Tenant) -> None:
    await _guess(tenant.client, _PER_MINUTE)
    assert await add_credential(await tenant.client_with(Scope.CONFIGURE))


async def test_viewers_that_one_issues_itself_are_limited_together(tenant: Tenant, strict: RunningServer) -> None:
    viewers = [await tenant.client_with(Scope.CONFIGURE) for _ in range(6)]
    allowed = 0
    for viewer in viewers:
        for _ in range(_PER_MINUTE):
            guess = {"name": "Guess", "secretKey": secret_key(behaviour="rejected")}
            answer = (await viewer.post(CREATE_CREDENTIAL, input=guess)).json()
            allowed += "errors" not in answer
    assert allowed in {4 * _PER_MINUTE, 4 * _PER_MINUTE + 1}, "one more if the test takes five seconds"
    error = await viewers[-1].error(CREATE_CREDENTIAL, input={"name": "More", "secretKey": secret_key()})
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert await add_credential((await new_tenant(strict)).client), "other organizations are not concerned"


@pytest.mark.slow
async def test_a_mutation_that_was_refused_may_be_sent_again_with_its_key(tenant: Tenant) -> None:
    await _guess(tenant.client, _PER_MINUTE)
    request = {"name": "Later", "secretKey": secret_key()}
    body = {"query": CREATE_CREDENTIAL, "variables": {"input": request}}
    headers = {"Idempotency-Key": "again"}
    refused = (await tenant.client.send(json=body, headers=headers)).json()
    seconds = refused["errors"][0]["extensions"]["retryAfterSeconds"]
    await asyncio.sleep(seconds)
    answer = await tenant.client.send(json=body, headers=headers)
    assert answer.json()["data"]["createCredential"]["__typename"] == "CreateCredentialSuccess"
    assert "Idempotency-Replayed" not in answer.headers
