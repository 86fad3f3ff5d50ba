"""The tests' PostgreSQL server works with the machine's programs and with those of the package."""

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.support.postgres import Postgres, own_postgres
from tests.support.postgres_programs import programs_of_machine, programs_of_package
from tests.support.servers import ROOT
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.slow

_TESTS = """
import time
from tests.support.postgres import own_postgres
from tests.support.postgres_programs import programs_in_reach
def find_programs(folder):
    print(folder, flush=True)
    return programs_in_reach(folder)
with own_postgres(find_programs):
    print("It runs", flush=True)
    time.sleep(300)
"""


def of_machine(_: Path) -> Path:
    return programs_of_machine() or pytest.skip("The machine has no PostgreSQL")


@pytest.fixture(scope="module", params=[of_machine, programs_of_package])
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    find_programs: Callable[[Path], Path] = request.param
    with own_postgres(find_programs) as running:
        yield running


async def answer(url: str, question: str, seconds: float = PATIENCE) -> object:
    connection = await asyncpg.connect(url, timeout=seconds)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def gone(url: str) -> bool:
    try:
        await answer(url, "SELECT 1")
    except ConnectionRefusedError:
        return True
    except asyncpg.CannotConnectNowError:  # it is shutting down
        pass
    return False


async def test_a_database_is_made_once(postgres: Postgres) -> None:
    url = postgres.url("once")
    await answer(url, "CREATE TABLE kept ()")
    assert postgres.url("once") == url
    assert await answer(url, "SELECT count(*) FROM kept") == 0


async def test_a_dropped_database_is_made_anew(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.url("dropped"))
    await connection.execute("CREATE TABLE kept ()")
    postgres.drop("dropped")
    assert await answer(postgres.url("dropped"), "SELECT to_regclass('kept')") is None
    connection.terminate()


@pytest.mark.parametrize("end", [Postgres.stop, Postgres.kill])
async def test_what_was_written_outlives_the_server(postgres: Postgres, end: Callable[[Postgres], None]) -> None:
    url = postgres.url(end.__name__)
    await answer(url, "CREATE TABLE kept ()")
    end(postgres)
    assert await gone(url)
    postgres.start()
    assert await answer(url, "SELECT count(*) FROM kept") == 0


async def test_a_paused_server_is_silent(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.url("paused"))
    postgres.pause()
    with pytest.raises(TimeoutError):
        await answer(postgres.url("paused"), "SELECT 1", 0.5)
    query = asyncio.ensure_future(connection.fetchval("SELECT 1"))
    assert await asyncio.wait([query], timeout=0.2) == (set(), {query})
    postgres.resume()
    assert await query == 1
    await connection.close()


async def test_a_paused_server_can_be_killed(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.url("paused"))
    postgres.pause()
    postgres.kill()
    postgres.start()
    assert await answer(postgres.url("paused"), "SELECT 1") == 1
    connection.terminate()


async def test_terminated_connections_are_closed(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.url("terminated"))
    postgres.terminate_connections()
    with pytest.raises(asyncpg.PostgresConnectionError):
        await connection.fetchval("SELECT 1")


async def test_after_its_context_it_is_gone() -> None:
    with own_postgres() as postgres:
        url = postgres.url("gone")
        assert not await gone(url)
    assert await gone(url)


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells a process that its parent is gone")
def test_it_does_not_outlive_tests_that_are_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", _TESTS], cwd=ROOT, stdout=subprocess.PIPE, text=True) as tests:  # noqa: S603 - our own program
        assert tests.stdout
        folder = Path(tests.stdout.readline().strip())
        assert tests.stdout.readline() == "It runs\n"
        tests.kill()
    while (folder / "data" / "postmaster.pid").exists():
        time.sleep(0.05)
    shutil.rmtree(folder)
