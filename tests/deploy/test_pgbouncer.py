"""PgBouncer with deploy/pgbouncer.ini: session mode works, and the other modes are refused at the start."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from adapters.postgres.session import shares_sessions
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import EVENT_CURSOR, FOLLOW, INTEGRATIONS, UPDATE_INTEGRATION
from tests.support.organizations import new_tenant
from tests.support.pgbouncer import running_pgbouncer
from tests.support.postgres import Postgres, own_postgres
from tests.support.servers import RunningServer, environment, run_program, running_server
from tests.support.waiting import until

_NAME = "drawbridge"
_SENTENCE = (
    "DRAWBRIDGE_DATABASE_URL names a pooler that lends one session to several connections, like PgBouncer in "
    "transaction mode. Set pool_mode = session for this database, or connect to PostgreSQL directly.\n"
)
_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'drawbridge'"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    with own_postgres() as running:
        yield running


@pytest.fixture(scope="module")
def pooled(postgres: Postgres) -> Iterator[str]:
    """The URL of a database through PgBouncer, as deploy/pgbouncer.ini configures it."""
    with running_pgbouncer(postgres.url(_NAME)) as url:
        yield url


@pytest.fixture(scope="module")
def servers(pooled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, RunningServer]]:
    """Two servers behind one PgBouncer. The first has the sandbox."""
    folder, shared = tmp_path_factory.mktemp("pooled"), {"DATABASE_URL": pooled}
    with running_server(folder / "first", **shared) as first:
        shared |= {"DATA_DIR": str(folder / "first"), "STRIPE_API_BASE": f"{first.address}/sandbox"}
        with running_server(folder / "second", **shared) as second:
            yield first, second


async def _ask(postgres: Postgres, question: str) -> int:
    connection = await asyncpg.connect(postgres.url(_NAME))
    try:
        return int(await connection.fetchval(question))
    finally:
        await connection.close()


async def test_in_session_mode_servers_read_write_and_push_each_others_events(
    servers: tuple[RunningServer, RunningServer], postgres: Postgres
) -> None:
    writer = (await new_tenant(servers[0])).client
    reader = Client(servers[1].address, writer.token)
    integration = await add_integration(writer)
    async with reader.socket() as socket:
        await socket.subscribe(FOLLOW, after=(await reader.execute(EVENT_CURSOR))["eventCursor"])
        await writer.result(UPDATE_INTEGRATION, input={"id": integration["id"], "name": "Renamed"})
        assert (await socket.next())["events"]["name"] == "Renamed"
    answers = await asyncio.gather(*(client.result(INTEGRATIONS) for client in [writer, reader] * 20))
    assert {answer["totalCount"] for answer in answers} == {1}
    assert await _ask(postgres, _SESSIONS) > 2
    for server in servers:
        logged = server.log.read_text()
        assert "Cannot listen" not in logged
        assert "ERROR" not in logged


async def test_when_its_sessions_are_ended_the_servers_come_back(
    servers: tuple[RunningServer, RunningServer], postgres: Postgres
) -> None:
    client = (await new_tenant(servers[0])).client
    await asyncio.to_thread(postgres.terminate_connections)
    for each in (client, replace(client, address=servers[1].address)):
        await until(partial(_reads, each))
        await until(partial(_reads, each))


async def _reads(client: Client) -> bool:
    answer = (await client.post(INTEGRATIONS)).json()
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert codes <= {"SERVICE_UNAVAILABLE"}
    return not codes


def test_in_session_mode_the_operators_commands_work(pooled: str, tmp_path: Path) -> None:
    given = environment(tmp_path, DATABASE_URL=pooled)
    done = run_program("cli.py", "migrate", env=given)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", [("server.py",), ("cli.py", "migrate")])
def test_transaction_mode_is_refused_at_the_start(postgres: Postgres, tmp_path: Path, command: tuple[str, ...]) -> None:
    with running_pgbouncer(postgres.url(_NAME), "transaction") as url:
        done = run_program(*command, env=environment(tmp_path, DATABASE_URL=url))
    assert (done.returncode, done.stdout, done.stderr) == (2, "", _SENTENCE)


def test_statement_mode_is_refused_at_the_start(postgres: Postgres, tmp_path: Path) -> None:
    with running_pgbouncer(postgres.url(_NAME), "statement") as url:
        done = run_program("server.py", env=environment(tmp_path, DATABASE_URL=url))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("The database at PostgreSQL cannot be opened: ")
    assert done.stderr.count("\n") == 1


async def _work(url: str, enough: asyncio.Event) -> None:
    """Uses the pooler like other programs, until there is enough."""
    while not enough.is_set():
        connection = await asyncpg.connect(url, statement_cache_size=0)
        with suppress(asyncpg.PostgresError):  # this mode loses prepared statements
            for _ in range(20):
                await connection.execute("SELECT 1")
        await connection.close()


@pytest.mark.parametrize(("mode", "shared"), [("transaction", True), ("session", False)])
async def test_the_mode_is_recognized_beside_other_programs(postgres: Postgres, mode: str, shared: bool) -> None:
    enough = asyncio.Event()
    with running_pgbouncer(postgres.url(_NAME), mode) as url:
        async with AsyncExitStack() as stack:
            work = [asyncio.create_task(_work(url, enough)) for _ in range(8)]
            stack.push_async_callback(lambda: asyncio.gather(*work))
            stack.callback(enough.set)
            for _ in range(10):
                assert await shares_sessions({"dsn": url, "timeout": 30, "command_timeout": 30}) is shared
    assert not await shares_sessions({"dsn": postgres.url(_NAME)})
