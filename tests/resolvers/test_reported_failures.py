"""A partner reports that Stripe answered 401: Stripe is asked once for all, and a dead key is disconnected at once."""

import asyncio
from collections.abc import Iterator
from itertools import chain
from typing import Any

import httpx
import pytest

from models import Scope
from tests.resolvers.test_events import cursor_now
from tests.support.actions import add_integration, history, kinds
from tests.support.client import Client
from tests.support.documents import FOLLOW, INTEGRATIONS, REPORT_FAILURE, REVEAL_SECRET, SET_ACTIVE, UPDATE_CREDENTIAL
from tests.support.metrics import read_figures
from tests.support.oauth import connect, disconnect_at_stripe
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import plain_client
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import changed_at_stripe
from tests.support.watched import watched_server

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]

_MANY, _CONNECTIONS = 1_000, 125
_DISCONNECTED = ["CREDENTIAL_STATUS_CHANGED", "INTEGRATION_STATUS_CHANGED"]
_TO_STRIPE = {"call": "GET /sandbox/v1/account"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:  # noqa: ARG001 - one per database
    """A server of these tests' own, which calls Stripe only for them, so that they can count."""
    with watched_server(tmp_path_factory.mktemp("reports"), VERIFY_INTERVAL_HOURS="0") as running:
        yield running


async def report(client: Client, integration: dict[str, Any]) -> dict[str, Any]:
    return await client.result(REPORT_FAILURE, input={"integrationId": integration["id"]})


async def _calls(server: RunningServer) -> float:
    return (await read_figures(server)).of("stripe_call_seconds_count", **_TO_STRIPE)


@pytest.fixture
async def partner(tenant: Tenant) -> Client:
    """A client with the only scope that a report needs."""
    return await tenant.client_with(Scope.REVEAL_SECRETS)


async def test_a_dead_key_is_disconnected_and_its_subscribers_are_told(tenant: Tenant, partner: Client) -> None:
    key = secret_key()
    integration = await add_integration(tenant.client, authentication={"secretKey": key})
    async with tenant.client.socket() as socket, changed_at_stripe(tenant.server, key, "rejected"):
        await socket.subscribe(FOLLOW, after=await cursor_now(tenant.client), filter={"integration": integration["id"]})
        result = await report(partner, integration)
        told = [(await socket.next())["events"] for _ in _DISCONNECTED]
    assert result["__typename"] == "ReportCredentialFailureSuccess"
    assert "Stripe no longer recognizes its key" in result["message"]
    assert result["integration"] == {"id": integration["id"], "status": "NEEDS_ATTENTION"}
    assert (result["credential"]["status"], result["credential"]["problem"]) == ("DISCONNECTED", "KEY_REJECTED")
    assert [event["kind"] for event in told] == _DISCONNECTED
    assert {event["actor"]["kind"] for event in told} == {"TOKEN"}, "the log names who reported"
    refused = await partner.result(REVEAL_SECRET, input={"integrationId": integration["id"], "reason": "test"})
    assert refused["__typename"] == "CredentialNotConnectedError"


async def test_a_key_that_works_stays_connected_without_an_event(tenant: Tenant, partner: Client) -> None:
    integration = await add_integration(tenant.client)
    before = await history(tenant.client)
    result = await report(partner, integration)
    assert result["message"] == "Stripe accepts this key."
    assert (result["integration"]["status"], result["credential"]["status"]) == ("ACTIVE", "CONNECTED")
    assert result["credential"]["verifiedAt"] > integration["createdAt"]
    assert await history(tenant.client) == before


async def test_a_key_that_dies_after_a_report_is_found_by_the_next(tenant: Tenant, partner: Client) -> None:
    key = secret_key()
    integration = await add_integration(tenant.client, authentication={"secretKey": key})
    assert (await report(partner, integration))["credential"]["status"] == "CONNECTED"
    async with changed_at_stripe(tenant.server, key, "expired"):
        assert (await report(partner, integration))["credential"]["problem"] == "KEY_EXPIRED"


async def test_a_disconnected_account_is_found(tenant: Tenant, partner: Client) -> None:
    credential = await connect(tenant.client)
    integration = await add_integration(tenant.client, authentication={"credentialId": credential["id"]})
    revealed = await partner.result(REVEAL_SECRET, input={"integrationId": integration["id"], "reason": "test"})
    async with changed_at_stripe(tenant.server, revealed["secretKey"], "platformexpired"):
        assert (await report(partner, integration))["credential"]["problem"] == "DEAUTHORIZED"


async def test_a_thousand_reports_of_a_dead_key_are_one_call_to_stripe(tenant: Tenant, partner: Client) -> None:
    key = secret_key()
    integration = await add_integration(tenant.client, authentication={"secretKey": key})
    before = await kinds(tenant.client)
    async with changed_at_stripe(tenant.server, key, "rejected"):
        calls = await _calls(tenant.server)
        results = await _report_often(partner, integration, _MANY)
        assert await _calls(tenant.server) == calls + 1
    assert {(each["__typename"], each["integration"]["status"]) for each in results} == {
        ("ReportCredentialFailureSuccess", "NEEDS_ATTENTION")
    }
    assert (await kinds(tenant.client))[len(before) :] == _DISCONNECTED


async def test_reports_of_a_key_that_works_are_a_call_per_second_at_most(tenant: Tenant, partner: Client) -> None:
    integration = await add_integration(tenant.client)
    calls, began = await _calls(tenant.server), asyncio.get_running_loop().time()
    results = await _report_often(partner, integration, _MANY // 4)
    seconds = asyncio.get_running_loop().time() - began
    assert {each["message"] for each in results} == {"Stripe accepts this key."}
    assert 1 <= await _calls(tenant.server) - calls <= seconds


async def _report_often(client: Client, integration: dict[str, Any], times: int) -> list[dict[str, Any]]:
    """Sends reports over many connections, each of a client of its own: a pool of httpx is slow with so many."""
    body = {"query": REPORT_FAILURE, "variables": {"input": {"integrationId": integration["id"]}}}

    async def send() -> list[httpx.Response]:
        async with plain_client(headers=client.headers()) as http:
            return [await http.post(f"{client.address}/graphql", json=body) for _ in range(times // _CONNECTIONS)]

    responses = list(chain.from_iterable(await asyncio.gather(*(send() for _ in range(_CONNECTIONS)))))
    assert len(responses) == times
    assert {response.status_code for response in responses} == {200}, responses[-1].text
    return [response.json()["data"]["reportCredentialFailure"] for response in responses]


async def test_what_is_known_is_answered_without_a_call(tenant: Tenant, partner: Client) -> None:
    account = await connect(tenant.client)
    integration = await add_integration(tenant.client, authentication={"credentialId": account["id"]})
    await disconnect_at_stripe(tenant.client, account["account"]["accountId"])
    calls = await _calls(tenant.server)
    result = await report(partner, integration)
    assert (result["credential"]["problem"], await _calls(tenant.server)) == ("DEAUTHORIZED", calls)
    assert "its account was disconnected at Stripe" in result["message"]


async def test_an_inactive_integration_can_be_reported(tenant: Tenant, partner: Client) -> None:
    integration = await add_integration(tenant.client)
    await tenant.client.result(SET_ACTIVE, input={"id": integration["id"], "active": False})
    assert (await report(partner, integration))["integration"]["status"] == "INACTIVE"


@pytest.mark.parametrize("behaviour", ["unavailable", "unauthorizedip"])
async def test_a_stripe_that_says_nothing_about_the_key_changes_no_status(
    tenant: Tenant, partner: Client, behaviour: str
) -> None:
    key = secret_key()
    integration = await add_integration(tenant.client, authentication={"secretKey": key})
    before = await history(tenant.client)
    async with changed_at_stripe(tenant.server, key, behaviour):
        results = await asyncio.gather(report(partner, integration), report(tenant.client, integration))
    assert {result["__typename"] for result in results} == {"StripeUnavailableError"}
    assert not [result for result in results if "saved" in result["message"]], "nothing was to be saved"
    assert await history(tenant.client) == before
    (row,) = (await tenant.client.result(INTEGRATIONS))["nodes"]
    assert row["status"] == "ACTIVE"


async def test_a_retry_after_is_passed_on(tenant: Tenant, partner: Client) -> None:
    key = secret_key()
    integration = await add_integration(tenant.client, authentication={"secretKey": key})
    async with changed_at_stripe(tenant.server, key, "retryafter"):
        assert (await report(partner, integration))["retryAfterSeconds"] == 7


async def test_an_integration_of_another_organization_is_not_found(tenant: Tenant, partner: Client) -> None:
    other = (await new_tenant(tenant.server)).client
    theirs = await add_integration(other)
    for id_ in (theirs["id"], "integration_01m7zya908eqrbf2erv6qwz5ee", "x"):
        result = await report(partner, {"id": id_})
        assert (result["__typename"], result["missingId"]) == ("NotFoundError", id_)


async def test_a_replaced_key_is_the_one_that_is_checked(tenant: Tenant, partner: Client) -> None:
    old = secret_key()
    integration = await add_integration(tenant.client, authentication={"secretKey": old})
    replaced = {"id": integration["credential"]["id"], "secretKey": secret_key()}
    await tenant.client.result(UPDATE_CREDENTIAL, input=replaced)
    async with changed_at_stripe(tenant.server, old, "rejected"):
        assert (await report(partner, integration))["message"] == "Stripe accepts this key."


@pytest.fixture(scope="module")
def strict(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:  # noqa: ARG001 - one per database
    """A server with a low limit on checks."""
    with running_server(tmp_path_factory.mktemp("strict"), KEY_CHECKS_PER_MINUTE="2") as running:
        yield running


async def test_reports_are_limited_by_the_checks_that_they_cause(strict: RunningServer) -> None:
    tenant = await new_tenant(strict)
    integration = await add_integration(tenant.client)
    partner, other = [await tenant.client_with(Scope.REVEAL_SECRETS) for _ in range(2)]
    for _ in range(2):
        results = await asyncio.gather(*(report(partner, integration) for _ in range(5)))
        assert {result["message"] for result in results} == {"Stripe accepts this key."}
    refusal = await partner.error(REPORT_FAILURE, input={"integrationId": integration["id"]})
    assert refusal["extensions"]["code"] == "RATE_LIMITED"
    assert (await report(other, integration))["message"] == "Stripe accepts this key."
