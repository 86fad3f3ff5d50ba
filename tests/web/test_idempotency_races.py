"""Concurrent requests with one Idempotency-Key are executed once, also across servers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.support.actions import history
from tests.support.client import Client
from tests.support.documents import COMPLETE, CREATE_CREDENTIAL, CREDENTIALS, DELETE_CREDENTIAL, ISSUE_TOKEN
from tests.support.gate import Gate, open_gate
from tests.support.idempotency import REPLAYED, Keyed, claims, code, result
from tests.support.mutations import completed_auth
from tests.support.oauth import connect
from tests.support.organizations import new_tenant
from tests.support.secrecy import keep, secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.waiting import PATIENCE, until

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_AT_ONCE = 10


@pytest.fixture(scope="module")
def second(gated: RunningServer, gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Another process with the database of `gated`, and the same Stripe behind the same gate."""
    settings = {"DATA_DIR": str(gated.settings.database.data_dir), "STRIPE_API_BASE": gate.settings["STRIPE_API_BASE"]}
    with running_server(tmp_path_factory.mktemp("second"), STRIPE_TIMEOUT_SECONDS="60", **settings) as running:
        yield running


async def both(gated: RunningServer, second: RunningServer) -> list[Client]:
    """Clients with one token, alternately for both servers."""
    client = (await new_tenant(gated)).client
    return [client, replace(client, address=second.address)] * (_AT_ONCE // 2)


def create() -> Keyed:
    """A request to add a credential."""
    return Keyed(CREATE_CREDENTIAL, {"name": "Keyed", "secretKey": secret_key()})


def assert_in_use(response: httpx.Response) -> None:
    assert (response.status_code, code(response)) == (409, "IDEMPOTENCY_KEY_IN_USE")
    assert response.headers["Retry-After"] == "1"
    assert REPLAYED not in response.headers


async def test_while_one_waits_for_stripe_the_others_are_told_to_come_again(
    gated: RunningServer, second: RunningServer, gate: Gate
) -> None:
    clients, request = await both(gated, second), create()
    with gate.holding("/v1/account") as hold:
        first = asyncio.create_task(request.send(clients[0]))
        await hold.arrival()
        for response in await asyncio.gather(*(request.send(client) for client in clients)):
            assert_in_use(response)
    answer = await first
    assert result(answer)["__typename"] == "CreateCredentialSuccess"
    for response in await asyncio.gather(*(request.send(client) for client in clients)):
        assert (response.headers.get(REPLAYED), response.content) == ("true", answer.content)
    assert (await clients[0].result(CREDENTIALS))["totalCount"] == 1
    assert len(await history(clients[0])) == 1


async def test_a_request_that_is_under_way_is_a_conflict_for_another_with_its_key(
    gated: RunningServer, gate: Gate
) -> None:
    client, request = (await new_tenant(gated)).client, create()
    with gate.holding("/v1/account") as hold:
        first = asyncio.create_task(request.send(client))
        await hold.arrival()
        response = await replace(request, input={"name": "Other", "secretKey": secret_key()}).send(client)
        assert (response.status_code, code(response)) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert result(await first)["__typename"] == "CreateCredentialSuccess"
    assert (await client.result(CREDENTIALS))["totalCount"] == 1


async def test_of_many_at_once_on_two_servers_one_is_carried_out(gated: RunningServer, second: RunningServer) -> None:
    clients = await both(gated, second)
    for number in range(5):
        request = Keyed(ISSUE_TOKEN, {"name": f"Token {number}", "scopes": ["READ"]})
        responses = await asyncio.gather(*(request.send(client) for client in clients))
        answered = [response for response in responses if response.status_code == 200]
        for response in responses:
            if response not in answered:
                assert_in_use(response)
        assert [REPLAYED in response.headers for response in answered].count(False) == 1
        (secret,) = {keep(result(response)["secret"]) for response in answered}
        assert keep((await request.result(clients[0]))["secret"]) == secret
    assert [event["name"] for event in await history(clients[0])] == [f"Token {number}" for number in range(5)]


@pytest.fixture
async def own_gate(engine: str) -> AsyncIterator[Gate]:  # noqa: ARG001 - one per database
    """A gate for servers that a test starts, kills, and starts again."""
    async with open_gate() as opened:
        yield opened


async def until_free(server: RunningServer, request: Keyed, client: Client) -> httpx.Response:
    """Repeats the request until it no longer conflicts, which takes until the claim expires."""
    (claim,) = await claims(server.settings, request.key)
    assert claim.claimed_until < datetime.now(UTC) + timedelta(seconds=3 + 2)
    async with asyncio.timeout(PATIENCE):
        while (response := await request.send(client)).status_code == 409:
            assert_in_use(response)
            await asyncio.sleep(0.2)
    assert datetime.now(UTC) >= claim.claimed_until
    return response


async def kill_while_waiting(server: RunningServer, gate: Gate, path: str, request: Keyed, client: Client) -> None:
    """Kills the server while the request waits for Stripe."""
    with gate.holding(path) as hold:
        sent = asyncio.create_task(request.send(client))
        await hold.arrival()
        server.kill()
        with pytest.raises(httpx.TransportError):
            await sent


async def test_after_a_crash_the_key_is_in_use_for_a_while_and_then_the_request_is_carried_out_once(
    own_gate: Gate, tmp_path: Path
) -> None:
    request = create()
    with running_server(tmp_path, DATABASE_TIMEOUT_SECONDS="3", **own_gate.settings) as server:
        client = (await new_tenant(server)).client
        await kill_while_waiting(server, own_gate, "/v1/account", request, client)
    with running_server(tmp_path, DATABASE_TIMEOUT_SECONDS="3", **own_gate.settings) as server:
        response = await until_free(server, request, client)
        assert result(response)["__typename"] == "CreateCredentialSuccess"
        assert REPLAYED not in response.headers
        again = await request.send(client)
        assert (again.headers.get(REPLAYED), again.content) == ("true", response.content)
        assert [event["kind"] for event in await history(client)] == ["CREDENTIAL_CREATED"]


async def test_after_a_crash_behind_the_change_the_request_has_the_answer_of_the_change(
    own_gate: Gate, tmp_path: Path
) -> None:
    with running_server(tmp_path, DATABASE_TIMEOUT_SECONDS="3", **own_gate.settings) as server:
        client = (await new_tenant(server)).client
        request = Keyed(COMPLETE, await completed_auth(client))
        await kill_while_waiting(server, own_gate, "/v1/account", request, client)
    with running_server(tmp_path, DATABASE_TIMEOUT_SECONDS="3", **own_gate.settings) as server:
        before = await history(client)
        response = await until_free(server, request, client)
        assert result(response)["credential"]["status"] == "CONNECTED"
        assert await history(client) == before
        assert [event["kind"] for event in before] == ["CREDENTIAL_CREATED", "CREDENTIAL_STATUS_CHANGED"]


async def test_a_claim_lasts_for_as_long_as_its_request(own_gate: Gate, tmp_path: Path) -> None:
    settings = {"DATABASE_TIMEOUT_SECONDS": "0.5", "STRIPE_TIMEOUT_SECONDS": "60", **own_gate.settings}
    with running_server(tmp_path, **settings) as server:
        client = (await new_tenant(server)).client
        request = Keyed(DELETE_CREDENTIAL, {"id": (await connect(client))["id"]})
        with own_gate.holding("/oauth/deauthorize") as hold:
            first = asyncio.create_task(request.send(client))
            await hold.arrival()
            (claim,) = await claims(server.settings, request.key)
            await until(lambda: datetime.now(UTC) > claim.claimed_until)
            assert_in_use(await request.send(client))
        assert result(await first)["__typename"] == "DeleteCredentialSuccess"
        again = await request.send(client)
        assert (again.headers.get(REPLAYED), again.content) == ("true", (await first).content)
