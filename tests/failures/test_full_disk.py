"""A full disk: failed writes are not acknowledged and leave no trace, and reads continue."""

import asyncio
import resource
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.documents import CREATE_INTEGRATION, EVENT_CURSOR, EVENTS, FOLLOW, INTEGRATIONS
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.postgres import Postgres, own_postgres
from tests.support.postgres_programs import unprivileged
from tests.support.processes import gone
from tests.support.servers import RunningServer, running_server
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("sqlite")


@contextmanager
def _full(server: RunningServer) -> Iterator[None]:
    """Prevents SQLite from appending to its -wal within the context. The server's log is shorter than the limit."""
    pid, size = server.process.pid, Path(f"{server.settings.database.sqlite_path}-wal").stat().st_size
    assert server.log.stat().st_size < size / 2
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def _forbid_to_write(pids: Iterable[int]) -> None:
    """Makes every write of these PostgreSQL processes fail."""
    for pid in pids:  # as PostgreSQL's user, because root may lack the capability to limit other users' processes
        subprocess.run(["prlimit", f"--pid={pid}", "--fsize=0:"], check=True, **unprivileged())  # noqa: S603, S607 - a fixed command


async def _create(client: Client, credential: dict[str, Any], name: str, key: str | None = None) -> httpx.Response:
    given = {"name": name, "authentication": {"credentialId": credential["id"]}}
    headers = {"Idempotency-Key": key} if key else {}
    return await client.send(json={"query": CREATE_INTEGRATION, "variables": {"input": given}}, headers=headers)


def _assert_refused(answer: httpx.Response) -> None:
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE", error
    assert answer.status_code in {200, 503}
    assert "Traceback" not in answer.text


async def _status(client: Client, path: str) -> int:
    async with plain_client() as http:
        return (await http.get(f"{client.address}{path}")).status_code


async def _assert_log(client: Client, names: list[str]) -> None:
    """Asserts that exactly these integrations exist, and that the log has an event for each of them."""
    rows = (await client.result(INTEGRATIONS))["nodes"]
    assert sorted(row["name"] for row in rows) == sorted(names)
    events = (await client.result(EVENTS, first=100))["nodes"]
    assert [event["name"] for event in events if event["kind"] == "INTEGRATION_CREATED"] == names


async def test_on_a_full_disk_sqlite_acknowledges_nothing_and_reads_on(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        client = (await new_tenant(server)).client
        credential = await add_credential(client)
        await _create(client, credential, "Before")
        async with client.socket() as socket:
            await socket.subscribe(FOLLOW, after=(await client.execute(EVENT_CURSOR))["eventCursor"])
            with _full(server):
                for number in range(3):
                    _assert_refused(await _create(client, credential, f"Refused {number}"))
                    _assert_refused(await _create(client, credential, f"Refused {number}", key=f"key-{number}"))
                    await _assert_log(client, ["Before"])
                assert (await _status(client, "/healthz"), await _status(client, "/readyz")) == (200, 200)
            again = await _create(client, credential, "Refused 0", key="key-0")
            assert again.json()["data"]["createIntegration"]["__typename"] == "CreateIntegrationSuccess"
            await add_integration(client, "After", authentication={"credentialId": credential["id"]})
            assert [(await socket.next())["events"]["name"] for _ in range(2)] == ["Refused 0", "After"]
        await _assert_log(client, ["Before", "Refused 0", "After"])
        server.kill()
    with running_server(tmp_path) as server:
        await _assert_log(Client(server.address, client.token), ["Before", "Refused 0", "After"])
    assert "Traceback (most recent call last)" not in server.log.read_text()


async def test_a_full_disk_while_many_write_leaves_what_was_acknowledged(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        client = (await new_tenant(server)).client
        credential = await add_credential(client)
        acknowledged, stop = list[str](), asyncio.Event()
        writers = [asyncio.create_task(_write(client, credential, writer, acknowledged, stop)) for writer in range(4)]
        for _ in range(3):
            enough = len(acknowledged) + 5
            await until(partial(_longer, acknowledged, enough))
            with _full(server):
                await asyncio.sleep(0.3)
        stop.set()  # not cancelled: the server would finish their mutations between the reads below
        await asyncio.gather(*writers)
        events = (await client.result(EVENTS, first=100))["nodes"]
        created = [event["name"] for event in events if event["kind"] == "INTEGRATION_CREATED"]
        assert set(acknowledged) <= set(created)
        assert len(created) == len(set(created)) == (await client.result(INTEGRATIONS))["totalCount"]


def _longer(texts: list[str], length: int) -> bool:
    return len(texts) >= length


async def _write(
    client: Client, credential: dict[str, Any], writer: int, acknowledged: list[str], stop: asyncio.Event
) -> None:
    """Adds a few integrations, and repeats each one until it is acknowledged."""
    for number in range(20):
        if stop.is_set():
            return
        name = f"{writer}-{number}"
        while "errors" in (answer := await _create(client, credential, name)).json():
            _assert_refused(answer)
            await asyncio.sleep(0.02)
        assert answer.json()["data"]["createIntegration"]["__typename"] == "CreateIntegrationSuccess"
        acknowledged.append(name)
        await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server that the tests are allowed to break."""
    with own_postgres() as running:
        yield running


async def _backends(postgres: Postgres) -> list[int]:
    """The ids of the PostgreSQL processes that serve the server's connections."""
    connection = await asyncpg.connect(postgres.url("full"))
    try:
        rows = await connection.fetch("SELECT pid FROM pg_stat_activity WHERE application_name = 'drawbridge'")
        return [row["pid"] for row in rows]
    finally:
        await connection.close()


async def _succeeds(client: Client, credential: dict[str, Any]) -> bool:
    ready = await _status(client, "/readyz") == 200
    return ready and "errors" not in (await _create(client, credential, "After")).json()


async def test_where_postgresql_cannot_write_its_log_nothing_is_acknowledged_and_all_is_well_again_soon(
    tmp_path: Path, postgres: Postgres
) -> None:
    url = postgres.url("full")
    with running_server(tmp_path, DATABASE_URL=url, DATABASE_TIMEOUT_SECONDS="4") as server:
        client = (await new_tenant(server)).client
        credential = await add_credential(client)
        await _create(client, credential, "Before")
        _forbid_to_write(pids := await _backends(postgres))
        _assert_refused(await _create(client, credential, "Refused"))
        assert await _status(client, "/healthz") == 200
        await until(partial(_succeeds, client, credential))
        await _assert_log(client, ["Before", "After"])
        assert pids
        assert gone(pids), "PostgreSQL did not even notice"
