"""The SQLite engine: transactions are atomic and serialized, also between connections."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tortoise.context import require_context
from tortoise.transactions import in_transaction

from adapters.database import DatabaseUnavailableError
from models import Organization
from models.migrations import migrate
from tests.support.cancelling import run_cancelled
from tests.support.databases import opened, settings_in
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("sqlite")

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


class _BodyError(Exception):
    """Raised in the body of a transaction."""


@asynccontextmanager
async def _migrated(folder: Path, **pragmas: object) -> AsyncIterator[None]:
    async with opened(settings_in(folder), **pragmas):
        await migrate()
        yield


async def _add(name: str) -> Organization:
    return await Organization.create(name=name, created_at=_NOW)


async def _names() -> set[str]:
    return {organization.name for organization in await Organization.all()}


@contextmanager
def _held(folder: Path) -> Iterator[sqlite3.Connection]:
    """Holds the write lock with a connection outside the engine."""
    with closing(sqlite3.connect(settings_in(folder).database.sqlite_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        if other.in_transaction:
            other.execute("ROLLBACK")


async def test_the_connection_has_the_pragmas_that_it_was_given(tmp_path: Path) -> None:
    async with _migrated(tmp_path), in_transaction() as connection:
        pragmas = {}
        for pragma in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            ((value,),) = (tuple(row.values()) for row in await connection.execute_query_dict(f"PRAGMA {pragma}"))
            pragmas[pragma] = value
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


async def test_a_transaction_whose_body_raises_leaves_nothing(tmp_path: Path) -> None:
    async with _migrated(tmp_path):
        with pytest.raises(_BodyError):
            await _add_and_raise("a")
        assert await _names() == set()
        await _add("b")
        assert await _names() == {"b"}


async def test_a_transaction_that_breaks_a_constraint_leaves_nothing(tmp_path: Path) -> None:
    async with _migrated(tmp_path):
        with pytest.raises(Exception, match=r"UNIQUE constraint failed: organizations\.name"):
            await _add_in_transaction("a", "a")
        assert await _names() == set()


async def test_an_inner_transaction_that_raises_takes_only_its_own_with_it(tmp_path: Path) -> None:
    async with _migrated(tmp_path):
        async with in_transaction():
            await _add("outer")
            with pytest.raises(_BodyError):
                await _add_and_raise("inner")
        assert await _names() == {"outer"}


async def test_transactions_of_one_process_come_one_after_the_other(tmp_path: Path) -> None:
    async def count_up(id_: str) -> None:
        async with in_transaction():
            organization = await Organization.get(id=id_)
            await asyncio.sleep(0.005)  # long enough for another one to read the same
            organization.position += 1
            await organization.save()

    async with _migrated(tmp_path):
        organization = await _add("a")
        await asyncio.gather(*(count_up(organization.id) for _ in range(20)))
        await organization.refresh_from_db()
    assert organization.position == 20


async def test_a_transaction_takes_the_write_lock_as_it_begins(tmp_path: Path) -> None:
    async with _migrated(tmp_path):
        with closing(
            sqlite3.connect(settings_in(tmp_path).database.sqlite_path, timeout=0, isolation_level=None)
        ) as other:
            async with in_transaction():
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    other.execute("BEGIN IMMEDIATE")
            other.execute("BEGIN IMMEDIATE")


async def test_a_lock_that_another_connection_holds_is_waited_for(tmp_path: Path) -> None:
    async with _migrated(tmp_path):
        with _held(tmp_path) as other:
            waiting = asyncio.create_task(_add_in_transaction("waited"))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            other.execute("COMMIT")
            async with asyncio.timeout(PATIENCE):
                await waiting
        assert await _names() == {"waited"}


async def test_a_lock_that_is_held_for_too_long_is_an_error_and_no_more(tmp_path: Path) -> None:
    async with _migrated(tmp_path, busy_timeout=50):
        with _held(tmp_path):
            for _ in range(3):
                with pytest.raises(DatabaseUnavailableError, match="locked"):
                    await _add_in_transaction("never")
        async with asyncio.timeout(PATIENCE):
            await _add_in_transaction("afterwards")
        assert await _names() == {"afterwards"}


@pytest.mark.slow
async def test_waiting_for_a_lock_in_vain_can_be_cancelled_without_harm(tmp_path: Path) -> None:
    async with _migrated(tmp_path, busy_timeout=3000):
        with _held(tmp_path), pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await _add_in_transaction("cancelled")
        async with asyncio.timeout(PATIENCE):
            await _add_in_transaction("afterwards")
        assert await _names() == {"afterwards"}


async def test_what_was_committed_is_there_for_the_next_process(tmp_path: Path) -> None:
    async with _migrated(tmp_path):
        await _add_in_transaction("a")
    async with opened(settings_in(tmp_path)):
        assert await _names() == {"a"}


async def _add_in_transaction(*names: str) -> None:
    async with in_transaction():
        for name in names:
            await _add(name)


async def _add_and_raise(name: str) -> None:
    async with in_transaction():
        await _add(name)
        raise _BodyError


async def _begin_and_commit() -> None:
    async with in_transaction():
        pass


@pytest.mark.parametrize("point", range(16))
async def test_a_connection_whose_opening_was_cancelled_still_checks_foreign_keys(tmp_path: Path, point: int) -> None:
    async with opened(settings_in(tmp_path)):
        await run_cancelled(_begin_and_commit, {point})
        connection = require_context().db()
        async with asyncio.timeout(PATIENCE):
            pragmas = [
                await connection.execute_query_dict(f"PRAGMA {name}") for name in ("foreign_keys", "synchronous")
            ]
    assert pragmas == [[{"foreign_keys": 1}], [{"synchronous": 2}]]
