"""Writers of one organization wait in a queue, without a connection, so that other organizations can use the pool."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from adapters.database import DatabaseUnavailableError
from adapters.postgres.engine import pool_usage
from models import Organization
from models.migrations import migrate
from resolvers.context import Context, holding_transactions, system_viewer, utc_now
from resolvers.events.unit_of_work import unit_of_work
from resolvers.kit.writer_queue import WriterQueue
from resolvers.services import Services
from startup.services import create_services
from tests.support.actions import add_integration
from tests.support.cancelling import run_cancelled
from tests.support.databases import opened, settings_in
from tests.support.documents import INTEGRATIONS, UPDATE_INTEGRATION
from tests.support.locks import lock_waiters
from tests.support.organizations import new_tenant
from tests.support.postgres import Postgres, running_postgres
from tests.support.servers import running_server
from tests.support.waiting import PATIENCE, until

_WRITERS = 12
_LOCK = "SELECT FROM organizations WHERE name = $1 FOR UPDATE"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    with running_postgres() as running:
        yield running


@asynccontextmanager
async def _services(folder: Path, url: str) -> AsyncIterator[Services]:
    settings = settings_in(folder, DATABASE_URL=url)
    async with opened(settings), aclosing(create_services(settings)) as services:
        await migrate()
        yield services


async def _organization(name: str) -> Organization:
    return await Organization.create(name=name, created_at=utc_now())


async def _write(services: Services, organization: Organization, done: list[int], number: int = 0) -> None:
    async with unit_of_work(Context(services), system_viewer(organization)):
        done.append(number)


@asynccontextmanager
async def _locked(url: str, name: str) -> AsyncIterator[None]:
    """Locks the organization's row, like a writer of another process."""
    other = await asyncpg.connect(url)
    try:
        async with other.transaction():
            await other.execute(_LOCK, name)
            yield
    finally:
        await other.close()


async def test_of_many_writers_one_holds_a_connection(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.url("queued")
    async with _services(tmp_path, url) as services:
        organization, done = await _organization("busy"), list[int]()
        async with _locked(url, "busy"):
            writers = [asyncio.create_task(_write(services, organization, done, n)) for n in range(_WRITERS)]
            await until(partial(_one_waits, postgres, "queued"))
            for _ in range(20):
                assert await Organization.filter(name="busy").exists()
            assert pool_usage()["used"] == await lock_waiters(postgres, "queued") == len(services.writers) == 1
            assert done == []
        await asyncio.gather(*writers)
        assert done == list(range(_WRITERS)), "in the order of arrival"
        assert len(services.writers) == pool_usage()["used"] == 0


async def _one_waits(postgres: Postgres, database: str) -> bool:
    return await lock_waiters(postgres, database) == 1


async def test_a_held_transaction_keeps_its_turn_until_it_ends(postgres: Postgres, tmp_path: Path) -> None:
    async with _services(tmp_path, postgres.url("held")) as services:
        organization, done = await _organization("held"), list[int]()
        context, outside = Context(services), contextvars.copy_context()
        async with holding_transactions(context) as held:
            async with unit_of_work(context, system_viewer(organization)):
                pass
            other = asyncio.create_task(_write(services, organization, done), context=outside)
            await asyncio.sleep(0.1)
            assert (outside.run(pool_usage)["used"], done) == (1, [])
            await _write(services, organization, done, 1)  # inside the held one, as a loader does: it must not wait
            await held.commit()
            await other
        assert done == [1, 0]
        assert len(services.writers) == 0


async def test_cancelled_writers_leave_the_queue(postgres: Postgres, tmp_path: Path) -> None:
    async with _services(tmp_path, postgres.url("cancelled")) as services:
        organization = await _organization("cancelled")
        for points in ({point, point + more} for point in range(40) for more in (0, 1)):
            done = list[int]()
            queued = asyncio.create_task(_write(services, organization, done, 1))
            cancelled = await run_cancelled(partial(_write, services, organization, done, 2), points)
            async with asyncio.timeout(PATIENCE):
                await queued
                await _write(services, organization, done, 3)
            assert (done[0], done[-1]) == (1, 3)
            assert len(services.writers) == pool_usage()["used"] == 0
            if not cancelled:
                return
        pytest.fail("a writer has more steps than were tried")


async def test_a_writer_that_waits_too_long_is_told_to_try_again_and_those_behind_it_go_on(
    postgres: Postgres, tmp_path: Path
) -> None:
    async with _services(tmp_path, postgres.url("long")):
        queue = WriterQueue(0.05)
        async with queue.turn("a"):
            with pytest.raises(DatabaseUnavailableError):
                await queue.turn("a").__aenter__()
            async with queue.turn("b"):
                assert len(queue) == 2
        async with queue.turn("a"):
            pass
        assert len(queue) == 0


async def test_while_one_organizations_writers_wait_others_are_served(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.url("served")
    with running_server(tmp_path, DATABASE_URL=url, DATABASE_CONNECTIONS="2") as server:
        busy, other = await new_tenant(server), (await new_tenant(server)).client
        ids = [(await add_integration(busy.client, f"{n}"))["id"] for n in range(_WRITERS)]
        async with _locked(url, busy.name):
            given = [{"id": id_, "name": f"Renamed {id_}"} for id_ in ids]
            writes = [asyncio.create_task(busy.client.result(UPDATE_INTEGRATION, input=each)) for each in given]
            await until(partial(_one_waits, postgres, "served"))
            for _ in range(20):
                assert (await other.result(INTEGRATIONS))["totalCount"] == 0
                assert await _one_waits(postgres, "served")
            assert not any(write.done() for write in writes)
        assert {(await write)["__typename"] for write in writes} == {"UpdateIntegrationSuccess"}
