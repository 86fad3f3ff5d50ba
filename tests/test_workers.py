"""Several worker processes share one address: events reach all of them, and a killed worker is replaced."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.support.actions import add_integration, history
from tests.support.client import Client, Socket
from tests.support.documents import EVENT_CURSOR, FOLLOW
from tests.support.encryption import encryption_key
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.ports import own_port
from tests.support.postgres import Postgres, own_postgres
from tests.support.processes import gone, open_sockets
from tests.support.servers import AS_OPERATOR, RunningServer, environment, run_program, running_server
from tests.support.stopping import ended
from tests.support.waiting import PATIENCE, until

_WORKERS = 2
_KEY = encryption_key("k1")
_MANY = 12
# A process that multiprocessing spawns runs the program again, under another name.
_SLOW_WORKERS = """
import time
import server
if __name__ == "__mp_main__":
    time.sleep(12)
if __name__ == "__main__":
    server.main()
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server that several processes can share."""
    with own_postgres() as running:
        yield running


@pytest.fixture(scope="module")
def stripe(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[RunningServer]:
    """A server that is used only for its sandbox."""
    with running_server(tmp_path_factory.mktemp("stripe"), DATABASE_URL=postgres.url("stripe")) as running:
        yield running


@pytest.fixture
def given(postgres: Postgres, stripe: RunningServer) -> dict[str, str]:
    """The settings of two worker processes."""
    return {
        "DATABASE_URL": postgres.url("workers"),
        "ENCRYPTION_KEYS": _KEY,
        "MAX_SOCKETS_PER_VIEWER": "10000",  # one worker may receive many of them while the other starts
        "STRIPE_API_BASE": f"{stripe.address}/sandbox",
        "WORKERS": str(_WORKERS),
    }


@pytest.fixture
def server(given: dict[str, str], tmp_path: Path) -> Iterator[RunningServer]:
    """A server with two worker processes."""
    with running_server(tmp_path, AS_OPERATOR, **given) as running:
        yield running


@pytest.fixture
async def client(server: RunningServer) -> Client:
    """A client with all scopes in the test's organization."""
    return (await new_tenant(server)).client


def _listens(pid: str) -> bool:
    """Whether a process is a worker, and not multiprocessing's resource tracker."""
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return False


def _workers(server: RunningServer) -> set[int]:
    """The ids of the worker processes."""
    parent = server.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return {int(pid) for pid in children if _listens(pid)}


async def _until_well(server: RunningServer) -> None:
    """Waits until the configured number of workers is ready."""
    await until(lambda: _well(server))


async def _well(server: RunningServer) -> bool:
    if len(_workers(server)) < _WORKERS:
        return False
    try:
        async with plain_client() as http:
            return (await http.get(f"{server.address}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def _sockets_at_both(server: RunningServer, client: Client, stack: AsyncExitStack) -> list[Socket]:
    """Opens sockets until each worker serves some."""
    before, sockets = {worker: open_sockets(worker) for worker in _workers(server)}, []
    async with asyncio.timeout(PATIENCE):
        while any(open_sockets(worker) < count + 2 for worker, count in before.items()):
            sockets.append(await stack.enter_async_context(client.socket()))
            await asyncio.sleep(0.05)  # limits their number while the other worker is still starting
    return sockets


async def _with_lasting_workers(server: RunningServer, scenario: Callable[[], Awaitable[None]]) -> None:
    """Runs a scenario, again if a worker was replaced meanwhile.

    On a loaded machine, a worker may not answer uvicorn within 5 seconds, which then replaces it.
    """
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            await _until_well(server)
            workers = _workers(server)
            try:
                return await scenario()
            except Exception:  # such as that of a closed socket
                if _workers(server) == workers:
                    raise


async def test_both_serve_and_what_one_writes_either_pushes(server: RunningServer, client: Client) -> None:
    await _with_lasting_workers(server, lambda: _pushed_by_both(server, client))


async def _pushed_by_both(server: RunningServer, client: Client) -> None:
    start = (await client.execute(EVENT_CURSOR))["eventCursor"]
    async with AsyncExitStack() as stack:
        sockets = await _sockets_at_both(server, client, stack)
        for socket in sockets:
            await socket.subscribe(FOLLOW, after=start)
        for _ in range(_MANY):
            await add_integration(client, f"Integration {time.monotonic_ns()}")
        log = [event["cursor"] for event in await history(client, start)]
        assert len(log) == 2 * _MANY
        for socket in sockets:
            assert [(await socket.next())["events"]["cursor"] for _ in log] == log


async def test_one_that_is_killed_is_replaced_and_the_other_serves_meanwhile(
    server: RunningServer, client: Client
) -> None:
    await _until_well(server)
    victim, survivor = sorted(_workers(server))
    os.kill(victim, signal.SIGKILL)
    created = 0
    while victim in _workers(server) or len(_workers(server)) < _WORKERS or created < 10:
        try:
            await add_integration(client, f"Integration {time.monotonic_ns()}")
            created += 1
        except httpx.TransportError:  # the killed worker had the connection
            await asyncio.sleep(0.05)
    assert survivor in _workers(server)
    assert (await client.result("{ integrations { totalCount } }"))["totalCount"] >= created


async def test_workers_that_take_long_to_start_are_not_replaced(given: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(_SLOW_WORKERS)
    with running_server(tmp_path, (str(program),), **given) as running:
        await _until_well(running)


async def test_sigterm_ends_all_of_them_in_time(server: RunningServer, client: Client) -> None:
    await _until_well(server)
    workers = _workers(server)
    async with AsyncExitStack() as stack:
        for socket in [await stack.enter_async_context(client.socket()) for _ in range(_MANY)]:
            await socket.subscribe(FOLLOW)
        await ended(server)
    assert gone(workers)


async def test_workers_whose_parent_is_killed_do_not_keep_the_address(server: RunningServer) -> None:
    await _until_well(server)
    workers = _workers(server)
    server.kill()
    await until(lambda: gone(workers))


def test_a_database_that_cannot_be_reached_ends_the_start_in_a_sentence(tmp_path: Path, stripe: RunningServer) -> None:
    url = f"postgres://user:hunter2@127.0.0.1:{own_port()}/drawbridge"
    env = environment(tmp_path, DATABASE_URL=url, WORKERS="2", STRIPE_API_BASE=f"{stripe.address}/sandbox")
    done = run_program(*AS_OPERATOR, env=env)
    assert done.returncode == 2
    assert done.stderr.startswith("The database at PostgreSQL cannot be opened")
    assert len(done.stderr.splitlines()) == 1
    assert "hunter2" not in done.stderr + done.stdout
