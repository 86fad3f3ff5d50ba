"""Each error that means that PostgreSQL is unavailable, from a real server and through the ORM."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from adapters.database import DatabaseUnavailableError, SlowStatementError
from adapters.postgres.engine import PostgresClient, pool_usage
from adapters.postgres.errors import CANCELED_ERROR, CONNECTION_ERRORS, READ_ONLY_ERROR, RETRYABLE_ERRORS
from tests.support.databases import ask, opened, settings_in
from tests.support.postgres import Postgres, own_postgres
from tests.support.waiting import until

_NAME = "errors"
_LOGIN = "ALTER ROLE program LOGIN PASSWORD 'x' CONNECTION LIMIT -1"
_PID = "SELECT pg_backend_pid() AS pid"
# Raised by connections that an administrator has terminated.
_OF_OLD_CONNECTIONS = (
    OSError,
    asyncpg.AdminShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
)
Provoke = Callable[[Postgres], Awaitable[object]]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server that the tests are allowed to break."""
    with own_postgres() as running:
        running.url(_NAME)
        running.run("CREATE ROLE program")
        running.run("GRANT ALL ON SCHEMA public TO program", _NAME)
        running.run(_LOGIN)
        yield running


@asynccontextmanager
async def _opened(postgres: Postgres, folder: Path) -> AsyncIterator[PostgresClient]:
    url = f"postgres://program:x@127.0.0.1:{postgres.port}/{_NAME}"
    settings = settings_in(folder, DATABASE_URL=url, DATABASE_TIMEOUT_SECONDS="1")
    async with opened(settings, max_size=2) as context:
        await ask("SELECT 1")
        database = context.db()
        assert isinstance(database, PostgresClient)
        yield database


def _raised(sqlstate: str) -> Provoke:
    """PostgreSQL raises an error with this code."""
    return lambda _: ask(f"DO $$ BEGIN RAISE EXCEPTION 'provoked' USING ERRCODE = '{sqlstate}'; END $$")


def _asked(statement: str) -> Provoke:
    return lambda _: ask(statement)


def _connecting(harm: str) -> Provoke:
    """A new connection meets this change, made by an administrator."""

    async def provoke(postgres: Postgres) -> None:
        postgres.terminate_connections()
        postgres.run(harm)
        await until(_fails)

    return provoke


async def _fails() -> bool:
    """Asks until all connections of the pool are new; raises the error of a new one."""
    try:
        await ask("SELECT 1")
    except DatabaseUnavailableError as error:
        if isinstance(error.__cause__, _OF_OLD_CONNECTIONS):
            return False
        raise
    return False


async def _wait_for_an_answer(_: Postgres) -> None:
    async with in_transaction() as connection:
        await connection.execute_query("SET LOCAL statement_timeout = 0")
        await connection.execute_query("SELECT pg_sleep(60)")


async def _use_a_closed_connection(_: Postgres) -> None:
    async with in_transaction() as connection:
        await connection.execute_query("SELECT 1")
        await connection._connection.close()  # noqa: SLF001 - as a broken network does
        await connection.execute_query("SELECT 1")


async def _read_an_altered_composite_type(postgres: Postgres) -> None:
    postgres.run("CREATE TABLE rows AS SELECT 1 AS one; GRANT ALL ON rows TO program", _NAME)
    await ask("SELECT rows FROM rows")
    postgres.run("ALTER TABLE rows ADD two int", _NAME)
    await ask("SELECT rows FROM rows")


async def _be_idle_in_a_transaction(seconds: float) -> None:
    """Loses the transaction, which asyncpg notices with the next statement, or during a pause before it."""
    async with in_transaction() as connection:
        await connection.execute_query("SET LOCAL idle_in_transaction_session_timeout = 50")
        time.sleep(0.3 - seconds)  # noqa: ASYNC251 - to keep asyncpg from reading
        await asyncio.sleep(seconds)
        await connection.execute_query("SELECT 1")


async def _write_while_read_only(_: Postgres) -> None:
    async with in_transaction() as connection:
        await connection.execute_query("SET TRANSACTION READ ONLY")
        await connection.execute_query("CREATE TABLE forbidden ()")


async def _wait_for_a_lock(postgres: Postgres) -> None:
    postgres.run("CREATE TABLE locked (); GRANT ALL ON locked TO program", _NAME)
    other = await asyncpg.connect(postgres.url(_NAME))
    try:
        async with other.transaction(), in_transaction() as connection:
            await other.execute("LOCK TABLE locked")
            await connection.execute_query("SET LOCAL lock_timeout = 50")
            await connection.execute_query("SELECT * FROM locked")
    finally:
        await other.close()


async def _change_a_result_type(postgres: Postgres) -> None:
    postgres.run("CREATE TABLE changing (n int); GRANT ALL ON changing TO program", _NAME)
    await ask("SELECT n FROM changing")
    postgres.run("ALTER TABLE changing ALTER n TYPE text", _NAME)
    async with in_transaction() as connection:
        await connection.execute_query("SELECT n FROM changing")


_PROVOKED: dict[type[Exception], Provoke] = {
    OSError: _wait_for_an_answer,
    asyncpg.InterfaceError: _use_a_closed_connection,
    asyncpg.InternalClientError: _read_an_altered_composite_type,
    asyncpg.PostgresConnectionError: _raised("08006"),
    asyncpg.InvalidAuthorizationSpecificationError: _connecting("ALTER ROLE program NOLOGIN"),
    asyncpg.InvalidCatalogNameError: _connecting(f"ALTER DATABASE {_NAME} RENAME TO elsewhere"),
    asyncpg.InsufficientResourcesError: _connecting("ALTER ROLE program CONNECTION LIMIT 0"),
    asyncpg.OperatorInterventionError: _raised("57P01"),
    CANCELED_ERROR: _asked("SELECT pg_cancel_backend(pg_backend_pid())"),
    asyncpg.PostgresSystemError: _raised("58030"),
    asyncpg.IdleInTransactionSessionTimeoutError: _raised("25P03"),
    asyncpg.TransactionTimeoutError: _raised("25P04"),  # real ones need PostgreSQL 17
    READ_ONLY_ERROR: _write_while_read_only,
    asyncpg.TransactionRollbackError: _raised("40001"),
    asyncpg.LockNotAvailableError: _wait_for_a_lock,
    asyncpg.InvalidCachedStatementError: _change_a_result_type,
}


def _repair(postgres: Postgres) -> None:
    if _NAME not in postgres.databases():
        postgres.run(f"ALTER DATABASE elsewhere RENAME TO {_NAME}")
    postgres.run(_LOGIN)


def test_every_entry_of_the_lists_is_provoked() -> None:
    assert set(_PROVOKED) == {*CONNECTION_ERRORS, CANCELED_ERROR, READ_ONLY_ERROR, *RETRYABLE_ERRORS}


@pytest.mark.parametrize("cause", _PROVOKED, ids=lambda cause: cause.__name__)
async def test_it_says_that_the_database_is_unavailable_and_leaves_the_pool_usable(
    postgres: Postgres, tmp_path: Path, cause: type[Exception]
) -> None:
    async with _opened(postgres, tmp_path):
        try:
            with pytest.raises(DatabaseUnavailableError) as raised:
                await _PROVOKED[cause](postgres)
        finally:
            _repair(postgres)
        assert isinstance(raised.value.__cause__, cause)
        for _ in range(3):
            assert await ask("SELECT 1 AS one") == [{"one": 1}]
        assert pool_usage()["used"] == 0


@pytest.mark.parametrize("seconds", [0.3, 0])
async def test_a_transaction_that_postgresql_has_ended_is_one_of_these(
    postgres: Postgres, tmp_path: Path, seconds: float
) -> None:
    async with _opened(postgres, tmp_path):
        with pytest.raises(DatabaseUnavailableError):
            await _be_idle_in_a_transaction(seconds)
        assert await ask("SELECT 1 AS one") == [{"one": 1}]


@pytest.mark.parametrize(
    "harm",
    [
        f"ALTER DATABASE {_NAME} ALLOW_CONNECTIONS false",
        f"REVOKE CONNECT ON DATABASE {_NAME} FROM PUBLIC",
        "ALTER ROLE program PASSWORD 'y'",
    ],
)
async def test_any_objection_to_a_new_connection_means_that_the_database_is_unavailable(
    postgres: Postgres, tmp_path: Path, harm: str
) -> None:
    async with _opened(postgres, tmp_path):
        try:
            with pytest.raises(DatabaseUnavailableError):
                await _connecting(harm)(postgres)
        finally:
            postgres.run(f"ALTER DATABASE {_NAME} ALLOW_CONNECTIONS true")
            postgres.run(f"GRANT CONNECT ON DATABASE {_NAME} TO PUBLIC")
            _repair(postgres)
        assert await ask("SELECT 1 AS one") == [{"one": 1}]


async def test_a_read_that_takes_too_long_is_told_from_a_write_and_keeps_its_connection(
    postgres: Postgres, tmp_path: Path
) -> None:
    async with _opened(postgres, tmp_path) as client:
        before = await ask(_PID)
        with pytest.raises(SlowStatementError):
            await ask("SELECT pg_sleep(60)")
        with pytest.raises(DatabaseUnavailableError) as raised:
            await client.execute_query("DO $$ BEGIN PERFORM pg_sleep(60); END $$")
        assert not isinstance(raised.value, SlowStatementError), "a write may have waited for a lock"
        assert await ask(_PID) == before


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
async def test_a_statement_of_its_own_is_repeated_once(postgres: Postgres, tmp_path: Path, sqlstate: str) -> None:
    async with _opened(postgres, tmp_path) as client:
        await ask(f'CREATE SEQUENCE "attempts {sqlstate}"')
        once = f"nextval('\"attempts {sqlstate}\"') = 1"
        await client.execute_query(f"DO $$ BEGIN IF {once} THEN RAISE USING ERRCODE = '{sqlstate}'; END IF; END $$")


async def test_a_mistake_of_the_program_is_none_of_postgresqls(postgres: Postgres, tmp_path: Path) -> None:
    async with _opened(postgres, tmp_path) as client:
        before = await ask(_PID)
        for statement, values in (("SELECT $1::int", [2**70]), ("SELECT $1::text", ["\ud800"]), ("SELECT nothing", [])):
            with pytest.raises(OperationalError):
                await client.execute_query(statement, values)
        assert await ask(_PID) == before, "the connection was usable"
