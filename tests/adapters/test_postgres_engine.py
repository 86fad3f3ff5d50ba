"""The PostgreSQL engine: its connections, and their loss while in use."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from tortoise.transactions import in_transaction

from adapters.database import DatabaseUnavailableError
from adapters.postgres.engine import PostgresClient
from settings import Settings
from tests.support.databases import ask, in_use, opened, settings_in, use
from tests.support.postgres import Postgres, own_postgres
from tests.support.waiting import PATIENCE, until

_IDLE = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
_SETTINGS = ("application_name", "synchronous_commit", "idle_in_transaction_session_timeout", "jit")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server for the test's databases, whose connections the test may terminate."""
    before = in_use()
    with own_postgres() as running:
        use(running)
        yield running
        use(before)


@pytest.mark.usefixtures("postgres")
async def test_the_connections_of_the_pool_have_the_settings_that_are_meant_for_them(tmp_path: Path) -> None:
    shown = ", ".join(f"current_setting('{name}') AS {name}" for name in _SETTINGS)
    async with opened(settings_in(tmp_path, DATABASE_TIMEOUT_SECONDS="7.5")):
        (row,) = await ask(f"SELECT {shown}")
    assert row == dict(zip(_SETTINGS, ("drawbridge", "on", "7500ms", "off"), strict=True))


@pytest.mark.usefixtures("postgres")
async def test_a_transaction_that_is_left_idle_for_too_long_is_ended_and_its_locks_are_free(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, DATABASE_TIMEOUT_SECONDS="2")
    async with opened(settings):
        await ask("CREATE TABLE locked ()")
        with pytest.raises(DatabaseUnavailableError):
            await _idle_with_a_lock(settings)
        async with asyncio.timeout(PATIENCE):
            assert await ask("SELECT * FROM locked") == []


async def _idle_with_a_lock(settings: Settings) -> None:
    assert settings.database.postgres_url
    other = await asyncpg.connect(settings.database.postgres_url.reveal())
    async with in_transaction() as connection:
        await connection.execute_query("LOCK TABLE locked")
        assert await other.fetch(_IDLE)
        await until(partial(_finds_nothing, other))
        await other.close()
        await connection.execute_query("SELECT 1")


async def _finds_nothing(connection: asyncpg.Connection) -> bool:
    return not await connection.fetch(_IDLE)


@pytest.mark.parametrize("steps", range(4))
async def test_using_a_connection_that_is_just_being_ended_is_no_other_error_than_its_end(
    tmp_path: Path, postgres: Postgres, steps: int
) -> None:
    async with opened(settings_in(tmp_path)):
        await ask("SELECT 1")
        postgres.terminate_connections()  # the event loop stands still meanwhile
        for _ in range(steps):  # asyncpg has read of its end, of its closing, of neither
            await asyncio.sleep(0)
        with suppress(DatabaseUnavailableError):  # where the pool has noticed, it has connected anew
            await ask("SELECT 1")
        assert await ask("SELECT 1 AS one") == [{"one": 1}]


async def test_a_connection_that_is_lost_while_it_is_used_is_given_back_without_a_word(
    tmp_path: Path, postgres: Postgres
) -> None:
    async with opened(settings_in(tmp_path)) as database:
        client = database.db()
        assert isinstance(client, PostgresClient)
        await ask("SELECT 1")
        connection = await client.take()
        postgres.terminate_connections()
        await asyncio.sleep(0.2)
        await client.give_back(connection, DatabaseUnavailableError("lost"))
        assert await ask("SELECT 1 AS one") == [{"one": 1}]
