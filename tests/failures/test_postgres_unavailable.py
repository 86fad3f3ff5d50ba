"""PostgreSQL restarts, crashes, hangs or is unreachable: clients get a clear error, and the server recovers."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import websockets

from tests.support.actions import add_integration
from tests.support.client import Client, Socket
from tests.support.documents import CREATE_INTEGRATION, EVENT_CURSOR, EVENTS, FOLLOW, INTEGRATIONS
from tests.support.incidents import ALL, CUT_OFF, LASTING, Incident
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.postgres import Postgres, own_postgres
from tests.support.proxy import Proxy, running_proxy
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.waiting import PATIENCE, until

_UNAVAILABLE = "SERVICE_UNAVAILABLE"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server that the tests are allowed to break."""
    with own_postgres() as running:
        yield running


@pytest.fixture(scope="module")
def proxy(postgres: Postgres) -> Iterator[Proxy]:
    """A proxy in front of that PostgreSQL server."""
    with running_proxy(postgres.url("away")) as running:
        yield running


@pytest.fixture(scope="module")
def server(postgres: Postgres, proxy: Proxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with a database timeout of four seconds."""
    url = proxy.url(postgres.url("away"))
    with running_server(tmp_path_factory.mktemp("away"), DATABASE_URL=url, DATABASE_TIMEOUT_SECONDS="4") as running:
        yield running
    assert running.process.returncode in {0, -15}


@pytest.fixture
async def client(server: RunningServer) -> Client:
    """A client with all scopes in the test's organization."""
    return (await new_tenant(server)).client


async def _ready(client: Client) -> bool:
    async with plain_client() as http:
        status = (await http.get(f"{client.address}/readyz")).status_code
    assert status in {200, 503}
    return status == 200


async def _alive(client: Client) -> int:
    async with plain_client() as http:
        return (await http.get(f"{client.address}/healthz")).status_code


@asynccontextmanager
async def _during(incident: Incident, postgres: Postgres, proxy: Proxy) -> AsyncIterator[None]:
    """Causes the incident within the context."""
    await asyncio.to_thread(incident.begin, postgres, proxy)
    try:
        yield
    finally:
        await asyncio.to_thread(incident.end, postgres, proxy)


async def _well(client: Client) -> None:
    """Waits until the server is ready."""
    await until(lambda: _ready(client))


def _assert_refused(answer: httpx.Response) -> None:
    assert (answer.status_code, _codes(answer.json())) == (503, [_UNAVAILABLE])
    assert "Traceback" not in answer.text


def _codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


def _given() -> dict[str, Any]:
    return {"name": f"Integration {time.monotonic_ns()}", "authentication": {"secretKey": secret_key()}}


@pytest.mark.parametrize("incident", LASTING, ids=str)
async def test_while_it_is_away_the_server_says_so_and_lives(
    client: Client, postgres: Postgres, proxy: Proxy, incident: Incident
) -> None:
    async with _during(incident, postgres, proxy):
        for _ in range(2):
            answers = asyncio.gather(
                client.post(INTEGRATIONS), client.post(CREATE_INTEGRATION, input=_given()), _ready(client)
            )
            while not answers.done():
                assert await _alive(client) == 200
                await asyncio.sleep(0.1)
            query, mutation, ready = await answers
            _assert_refused(query)
            _assert_refused(mutation)
            assert not ready
    await _well(client)
    assert (await client.result(INTEGRATIONS))["totalCount"] == 0


async def _error(socket: Socket, document: str, **variables: object) -> str:
    """Runs an operation on a socket, and returns the code of its only error."""
    await socket.subscribe(document, **variables)
    message = await socket.receive()
    (code,) = _codes(message["payload"] if message["type"] == "next" else {"errors": message["payload"]})
    assert (await socket.receive())["type"] == "complete" if message["type"] == "next" else True
    return code


@pytest.mark.parametrize("incident", LASTING, ids=str)
async def test_while_it_is_away_operations_on_an_open_socket_end_with_an_error_and_the_socket_stays(
    client: Client, postgres: Postgres, proxy: Proxy, incident: Incident
) -> None:
    async with client.socket() as socket:
        async with _during(incident, postgres, proxy):
            assert await _error(socket, INTEGRATIONS) == _UNAVAILABLE
            assert await _error(socket, CREATE_INTEGRATION, input=_given()) == _UNAVAILABLE
            assert await _error(socket, FOLLOW) == _UNAVAILABLE
        await _well(client)
        await socket.subscribe(INTEGRATIONS)
        assert (await socket.next())["integrations"]["totalCount"] == 0


async def test_while_it_is_away_new_sockets_are_told_to_come_again(
    client: Client, postgres: Postgres, proxy: Proxy
) -> None:
    async with _during(CUT_OFF, postgres, proxy):
        with pytest.raises(websockets.ConnectionClosed) as closed:
            async with client.socket():
                pass
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1013
    await _well(client)


async def test_while_it_is_away_stripe_and_who_comes_from_there_are_told_so(
    client: Client, postgres: Postgres, proxy: Proxy
) -> None:
    async with _during(CUT_OFF, postgres, proxy), plain_client(base_url=client.address) as http:
        _assert_refused(await http.get("/stripe/callback?state=x&code=y"))
    await _well(client)


async def _write(client: Client, enough: asyncio.Event) -> tuple[list[str], set[str]]:
    """Adds integrations until `enough` is set; returns the acknowledged ids and the error codes."""
    acknowledged, codes = [], set[str]()
    while not enough.is_set():
        answer = await client.post(CREATE_INTEGRATION, input=_given())
        if errors := _codes(answer.json()):
            assert answer.status_code in {200, 503}
            codes.update(errors)
            await asyncio.sleep(0.05)
        else:
            acknowledged.append(answer.json()["data"]["createIntegration"]["integration"]["id"])
    return acknowledged, codes


async def _take(socket: Socket, pushed: asyncio.Queue[str]) -> None:
    """Collects the cursors of all events, including those whose subject could not be read during the incident."""
    while True:
        payload = (await socket.receive())["payload"]
        assert set(_codes(payload)) <= {_UNAVAILABLE}
        pushed.put_nowait(payload["data"]["events"]["cursor"])


async def _log(client: Client, after: str) -> dict[str, dict[str, Any]]:
    """All events after a cursor, by their cursors."""
    events: dict[str, dict[str, Any]] = {}
    while True:
        page = await client.result(EVENTS, first=100, after=next(reversed(events), after))
        events |= {event["cursor"]: event for event in page["nodes"]}
        if not page["pageInfo"]["hasNextPage"]:
            return events


@pytest.mark.parametrize("incident", ALL, ids=str)
async def test_whatever_befalls_it_among_writers_what_was_acknowledged_is_there_and_was_pushed_once(
    client: Client, postgres: Postgres, proxy: Proxy, incident: Incident
) -> None:
    start = (await client.execute(EVENT_CURSOR))["eventCursor"]
    pushed: asyncio.Queue[str] = asyncio.Queue()
    enough = asyncio.Event()
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=start)
        taking = asyncio.create_task(_take(socket, pushed))
        writers = [asyncio.create_task(_write(client, enough)) for _ in range(3)]
        seen = [await asyncio.wait_for(pushed.get(), PATIENCE) for _ in range(6)]
        async with _during(incident, postgres, proxy):
            await asyncio.sleep(0.3)
        await _well(client)
        await asyncio.sleep(0.5)
        enough.set()
        written = await asyncio.gather(*writers)
        log = await _log(client, start)
        async with asyncio.timeout(PATIENCE):
            seen += [await pushed.get() for _ in range(len(log) - len(seen))]
        await add_integration(client, "Afterwards")
        seen += [await asyncio.wait_for(pushed.get(), PATIENCE) for _ in range(2)]
        taking.cancel()
    assert seen[:-2] == list(log)
    created = [event["integrationId"] for event in log.values() if event["kind"] == "INTEGRATION_CREATED"]
    acknowledged = [id_ for ids, _ in written for id_ in ids]
    assert set(acknowledged) <= set(created)
    assert set().union(*(codes for _, codes in written)) <= {_UNAVAILABLE}


async def test_after_ten_incidents_no_connection_is_missing(client: Client, postgres: Postgres, proxy: Proxy) -> None:
    for incident in (*ALL, *ALL)[:10]:
        async with _during(incident, postgres, proxy):
            meanwhile = asyncio.gather(*(client.post(INTEGRATIONS) for _ in range(15)))
            await asyncio.sleep(0.2)
        assert {answer.status_code for answer in await meanwhile} <= {200, 503}
        await _well(client)
    answers = await asyncio.gather(*(client.post(INTEGRATIONS) for _ in range(30)))
    assert [answer.json()["data"]["integrations"]["totalCount"] for answer in answers] == [0] * 30
