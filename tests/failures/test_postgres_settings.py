"""The defaults of PostgreSQL's roles and databases do not change the server, except that they make it read-only."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import INTEGRATIONS, ISSUE_TOKEN, UPDATE_INTEGRATION
from tests.support.locks import lock_waiters
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import plain_client
from tests.support.postgres import Postgres, own_postgres
from tests.support.servers import RunningServer, environment, run_program, running_server
from tests.support.waiting import until

_NAME = "inherited"
_ROLE = "program"
_OWN = [f"ROLE {_ROLE}", f"DATABASE {_NAME}"]
_WRITERS = 6
_numbers = count()
_DEFAULTS = {
    "default_transaction_isolation": "'repeatable read'",
    "lock_timeout": "'50ms'",
    "statement_timeout": "'100ms'",
    "idle_in_transaction_session_timeout": "'1ms'",
    "idle_session_timeout": "'50ms'",
    "synchronous_commit": "off",
    "search_path": "elsewhere",
    "standard_conforming_strings": "off",
    "jit": "on",
}
_RESET = "ALTER {} RESET ALL"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server whose defaults the tests change."""
    with own_postgres() as running:
        running.run(f"CREATE ROLE {_ROLE} LOGIN PASSWORD 'x'")
        running.url(_NAME)
        running.run(f"ALTER DATABASE {_NAME} OWNER TO {_ROLE}")
        running.run("CREATE SCHEMA elsewhere", _NAME)
        yield running


@pytest.fixture(scope="module")
def server(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with a role of its own."""
    url = f"postgres://{_ROLE}:x@127.0.0.1:{postgres.port}/{_NAME}"
    folder = tmp_path_factory.mktemp("inherited")
    # Writers wait for as long as a loaded machine needs.
    with running_server(folder, DATABASE_URL=url, DATABASE_TIMEOUT_SECONDS="60") as running:
        yield running
        assert "INTERNAL_ERROR" not in running.log.read_text()


@asynccontextmanager
async def _defaults(postgres: Postgres, owner: str, statement: str) -> AsyncIterator[None]:
    """Changes the defaults of a role or database within the context, and makes the server connect again."""
    await asyncio.to_thread(postgres.run, f"ALTER {owner} SET {statement}")
    await asyncio.to_thread(postgres.terminate_connections)
    try:
        yield
    finally:
        await asyncio.to_thread(postgres.run, _RESET.format(owner))
        await asyncio.to_thread(postgres.terminate_connections)


async def _works(client: Client) -> bool:
    """Whether reads succeed; while connections are replaced, they may be refused with a clear error."""
    codes = _codes(await client.post(INTEGRATIONS))
    assert codes <= {"SERVICE_UNAVAILABLE"}
    return not codes


def _codes(answer: httpx.Response) -> set[str]:
    return {error["extensions"]["code"] for error in answer.json().get("errors", [])}


async def _ready(client: Client) -> bool:
    async with plain_client() as http:
        return (await http.get(f"{client.address}/readyz")).status_code == 200


async def _rename_at_once(tenant: Tenant, postgres: Postgres) -> set[str]:
    """Renames integrations concurrently, behind a writer of another process; returns the types of the results."""
    client, name = tenant.client, tenant.name
    ids = [(await add_integration(client, f"{number} \\' %"))["id"] for number in range(_WRITERS)]
    patient = {"idle_in_transaction_session_timeout": "0", "idle_session_timeout": "0"}
    other = await asyncpg.connect(postgres.url(_NAME), server_settings=patient)
    try:
        async with other.transaction():
            await other.execute("UPDATE public.organizations SET position = position WHERE name = $1", name)
            given = [{"id": id_, "name": f"Renamed {id_}"} for id_ in ids]
            writes = [asyncio.create_task(client.result(UPDATE_INTEGRATION, input=each)) for each in given]
            await until(lambda: _is_waiting(postgres))
            await asyncio.sleep(0.3)  # longer than the defaults allow
    finally:
        await other.close()
    return {(await write)["__typename"] for write in writes}


async def _is_waiting(postgres: Postgres) -> bool:
    return await lock_waiters(postgres, _NAME) > 0


@pytest.mark.parametrize("owner", _OWN)
@pytest.mark.parametrize("name", _DEFAULTS)
async def test_defaults_are_not_inherited(server: RunningServer, postgres: Postgres, name: str, owner: str) -> None:
    tenant = await new_tenant(server)
    async with _defaults(postgres, owner, f"{name} = {_DEFAULTS[name]}"):
        await until(partial(_works, tenant.client))
        assert await _rename_at_once(tenant, postgres) == {"UpdateIntegrationSuccess"}
        found = await tenant.client.result(INTEGRATIONS, filter={"nameContains": "renamed"})
        assert found["totalCount"] == _WRITERS
        assert await _ready(tenant.client)
    await until(partial(_works, tenant.client))


@pytest.mark.parametrize("owner", _OWN)
async def test_a_database_that_is_made_read_only_serves_reads(
    server: RunningServer, postgres: Postgres, owner: str
) -> None:
    client = (await new_tenant(server)).client
    given = {"id": (await add_integration(client))["id"], "name": "Renamed"}
    async with _defaults(postgres, owner, "default_transaction_read_only = on"):
        await until(partial(_works, client))
        for _ in range(3):
            assert _codes(await client.post(UPDATE_INTEGRATION, input=given)) == {"SERVICE_UNAVAILABLE"}
            assert (await client.result(INTEGRATIONS))["totalCount"] == 1
        assert not await _ready(client)
    await until(partial(_ready, client))
    assert (await client.result(UPDATE_INTEGRATION, input=given))["__typename"] == "UpdateIntegrationSuccess"


async def test_it_recovers_though_nobody_ends_the_connections_to_a_read_only_database(
    server: RunningServer, postgres: Postgres
) -> None:
    client = (await new_tenant(server)).client
    async with _defaults(postgres, _OWN[0], "default_transaction_read_only = on"):
        await until(partial(_works, client))
        await asyncio.gather(*(client.post(INTEGRATIONS) for _ in range(30)))
        await asyncio.to_thread(postgres.run, _RESET.format(_OWN[0]))
        await until(partial(_ready, client))
        await until(partial(_works_again, client))


async def _works_again(client: Client) -> bool:
    """Whether writes succeed over all connections; a read-only one may be replaced only after it was used."""
    answers = [
        await client.post(ISSUE_TOKEN, input={"name": f"Token {next(_numbers)}", "scopes": ["READ"]}) for _ in range(12)
    ]
    codes = set().union(*map(_codes, answers))
    assert codes <= {"SERVICE_UNAVAILABLE"}
    return not codes


async def test_a_result_type_that_changes_under_a_running_server_is_no_failure_of_the_program(
    server: RunningServer, postgres: Postgres
) -> None:
    client = (await new_tenant(server)).client
    given = {"id": (await add_integration(client))["id"], "name": "Renamed"}
    for type_ in ("text", "varchar(120)"):
        change = f"ALTER TABLE organizations ALTER name TYPE {type_}; ALTER TABLE integrations ALTER name TYPE {type_}"
        await asyncio.to_thread(postgres.run, change, _NAME)
        answers = [await client.post(UPDATE_INTEGRATION, input=given) for _ in range(4)]
        answers += [await client.post(INTEGRATIONS) for _ in range(4)]
        assert set().union(*map(_codes, answers)) <= {"SERVICE_UNAVAILABLE"}
        assert answers[3].json()["data"]["updateIntegration"]["__typename"] == "UpdateIntegrationSuccess"
        assert not _codes(answers[-1])


def test_tables_are_in_the_schema_that_the_url_names(postgres: Postgres, tmp_path: Path) -> None:
    url = f"{postgres.url('named')}?search_path=own,public"
    postgres.run("CREATE SCHEMA own", "named")
    given = environment(tmp_path, DATABASE_URL=url)
    assert run_program("cli.py", "migrate", env=given).stdout.startswith("Applied 0001_initial")
    postgres.run("SELECT name FROM own.migrations; DROP SCHEMA own CASCADE", "named")
