"""SQLite's reads: over several connections, beside open transactions, and interrupted if nobody waits any more."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tortoise.context import require_context
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from adapters.database import SlowStatementError
from adapters.sqlite.readers import CONNECTIONS
from models import Organization
from models.migrations import migrate
from tests.support.databases import ask, opened, settings_in
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("sqlite")

# Counts for minutes.
_SLOW = """SELECT COUNT(*) FROM (
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT i FROM n)"""
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def _migrated(folder: Path, **pragmas: object) -> AsyncIterator[None]:
    async with opened(settings_in(folder), **pragmas):
        await migrate()
        yield


async def _names() -> list[str]:
    async with asyncio.timeout(PATIENCE):
        return [row["name"] for row in await ask("SELECT name FROM organizations ORDER BY name")]


async def _cancelled(tasks: list[asyncio.Task[object]]) -> None:
    for task in tasks:
        task.cancel()
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait(tasks)


async def test_a_read_does_not_wait_for_an_open_transaction_and_sees_what_was_committed(tmp_path: Path) -> None:
    async with _migrated(tmp_path):
        await Organization.create(name="a", created_at=_NOW)
        outside = asyncio.create_task(_read_when_told(told := asyncio.Event(), read := asyncio.Event()))
        async with in_transaction():
            await Organization.create(name="b", created_at=_NOW)
            assert await _names() == ["a", "b"], "its own changes"
            told.set()
            async with asyncio.timeout(PATIENCE):
                await read.wait()
        assert await outside == ["a"]
        assert await _names() == ["a", "b"]


async def _read_when_told(told: asyncio.Event, read: asyncio.Event) -> list[str]:
    await told.wait()
    names = await _names()
    read.set()
    return names


async def test_slow_reads_do_not_make_another_wait(tmp_path: Path) -> None:
    async with _migrated(tmp_path):
        slow = [asyncio.create_task(ask(_SLOW)) for _ in range(CONNECTIONS - 1)]
        assert await _names() == []
        assert not any(task.done() for task in slow)
        await _cancelled(slow)  # type: ignore[arg-type]


async def test_a_read_that_nobody_waits_for_is_interrupted(tmp_path: Path) -> None:
    async with _migrated(tmp_path):
        for _ in range(3):
            slow = [asyncio.create_task(ask(_SLOW)) for _ in range(CONNECTIONS)]
            await asyncio.sleep(0)
            await _cancelled(slow)  # type: ignore[arg-type]
            assert await _names() == []  # over one of the same connections


async def test_a_read_that_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    async with _migrated(tmp_path, busy_timeout=100):
        with pytest.raises(SlowStatementError):
            await ask(_SLOW)
        assert await _names() == []


async def test_a_closed_database_leaves_no_read_running(tmp_path: Path) -> None:
    async with _migrated(tmp_path):
        slow = asyncio.create_task(ask(_SLOW))
        while not require_context().db()._readers._running:  # type: ignore[attr-defined] # noqa: ASYNC110, SLF001 - no event
            await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE):
            await require_context().db().close()
        with pytest.raises(OperationalError):
            await slow


async def test_a_reader_cannot_write(tmp_path: Path) -> None:
    async with _migrated(tmp_path):
        readers = require_context().db()._readers  # type: ignore[attr-defined] # noqa: SLF001 - no public way writes over it
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await readers.fetch("DELETE FROM organizations", None)
