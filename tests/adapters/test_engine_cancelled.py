"""Tasks are cancelled at every await: no partial writes, no leaked locks, and no partial setup remain."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from models import Organization
from models.migrations import migrate
from tests.support.cancelling import run_cancelled
from tests.support.databases import opened, settings_in

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_POINTS = range(41)
# Less than what the engines themselves wait for a lock or a connection, so that waiting for one shows.
_SECONDS = 30.0


async def _add(name: str) -> None:
    await Organization.create(name=name, created_at=_NOW)


async def _add_two() -> None:
    async with in_transaction():
        await _add("first")
        await _add("second")


async def _read() -> None:
    await Organization.all()


async def _in_time(awaitable: Awaitable[Any]) -> None:
    async with asyncio.timeout(_SECONDS):
        await awaitable


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Returns the folder of a migrated database."""
    async with opened(settings_in(tmp_path)):
        await migrate()
    return tmp_path


async def _assert_usable() -> None:
    """Writes, and asserts that the cancelled work was applied completely or not at all."""
    await _in_time(_add("afterwards"))
    names = {organization.name for organization in await Organization.all()}
    assert names in ({"afterwards"}, {"afterwards", "first", "second"})
    await Organization.all().delete()


@pytest.mark.parametrize("more", [(), (1,), (1, 2, 3)], ids=["once", "twice", "four times"])
async def test_a_cancelled_transaction_is_whole_or_nothing_and_leaves_no_lock(
    folder: Path, more: tuple[int, ...]
) -> None:
    async with opened(settings_in(folder, DATABASE_TIMEOUT_SECONDS="60")):
        await _read()
        cancelled = []
        for point in _POINTS:
            cancelled.append(await run_cancelled(_add_two, {point, *(point + step for step in more)}))
            await _assert_usable()
    assert sum(cancelled) >= 4, "few points were cancelled at: begin, two inserts and commit are some"


async def test_a_transaction_cancelled_while_the_connection_opens_leaves_no_lock(folder: Path) -> None:
    for point in _POINTS:
        async with opened(settings_in(folder, DATABASE_TIMEOUT_SECONDS="60")):
            await run_cancelled(_add_two, {point})
            await _assert_usable()


@pytest.mark.parametrize("point", range(16))
async def test_a_read_cancelled_while_the_connection_opens_leaves_no_lock(folder: Path, point: int) -> None:
    async with opened(settings_in(folder, DATABASE_TIMEOUT_SECONDS="60")):
        await run_cancelled(_read, {point})
        await _in_time(_read())
        await _assert_usable()


async def test_those_who_waited_behind_a_cancelled_transaction_get_their_turn(folder: Path) -> None:
    async with opened(settings_in(folder, DATABASE_TIMEOUT_SECONDS="60")):
        await _read()
        for point in range(12):
            waiting = [asyncio.create_task(_add(f"waiting {number}")) for number in range(3)]
            await run_cancelled(_add_two, {point})
            await _in_time(asyncio.gather(*waiting))
            await Organization.all().delete()
