"""Held transactions: open until `commit`, `roll_back` or the next `commit_and_begin`."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext, require_context
from tortoise.exceptions import BaseORMException, IntegrityError

from models import Organization
from models.migrations import migrate
from resolvers.kit.transactions import Transactions
from settings import Settings
from tests.support.cancelling import run_cancelled
from tests.support.databases import ask, opened, settings_in
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("engine")

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a database per test."""
    return settings_in(tmp_path)


@pytest.fixture
async def fresh(settings: Settings) -> AsyncIterator[TortoiseContext]:
    """The migrated database. Tests enter it themselves, because fixtures run in another context."""
    async with opened(settings) as context:
        await migrate()
        yield context


async def names() -> list[str]:
    """The rows that the caller sees."""
    return [row.name for row in await Organization.all().order_by("name")]


async def names_for_others(settings: Settings) -> list[str]:
    """The rows that other connections see."""
    async with opened(settings):
        return await names()


async def add(transactions: Transactions, name: str, told: list[str]) -> None:
    """Adds a row in one transaction, and reports its name after the commit."""
    async with transactions.commit_and_begin(nullcontext()) as afterwards:
        await Organization.create(name=name, created_at=_NOW)
        afterwards.append(lambda: told.append(name))


async def test_without_holding_each_commits_as_it_ends(fresh: TortoiseContext, settings: Settings) -> None:
    with fresh:
        transactions, told = Transactions(), list[str]()
        await add(transactions, "one", told)
        assert (told, transactions.changed) == (["one"], True)
        assert await names_for_others(settings) == ["one"]
        await transactions.roll_back()
        assert await names_for_others(settings) == ["one"]


async def test_what_is_held_is_nobodys_business_until_it_commits(fresh: TortoiseContext, settings: Settings) -> None:
    with fresh:
        transactions, told = Transactions(hold=True), list[str]()
        await add(transactions, "one", told)
        assert (await names_for_others(settings), told) == ([], [])
        assert (await names(), transactions.changed) == (["one"], True)
        await transactions.commit()
        assert (await names_for_others(settings), told) == (["one"], ["one"])
        assert await names() == ["one"]


async def test_what_is_rolled_back_is_gone_and_told_to_nobody(fresh: TortoiseContext, settings: Settings) -> None:
    with fresh:
        transactions, told = Transactions(hold=True), list[str]()
        await add(transactions, "one", told)
        await transactions.roll_back()
        assert (await names_for_others(settings), await names(), told) == ([], [], [])
        await add(transactions, "two", told)
        await transactions.commit()
        assert (await names_for_others(settings), told) == (["two"], ["two"])


async def test_the_next_one_commits_the_one_before(fresh: TortoiseContext, settings: Settings) -> None:
    with fresh:
        transactions, told = Transactions(hold=True), list[str]()
        await add(transactions, "one", told)
        await add(transactions, "two", told)
        assert (await names_for_others(settings), told) == (["one"], ["one"])
        await transactions.roll_back()
        assert (await names(), told) == (["one"], ["one"])


async def test_one_that_fails_is_undone_at_once_and_not_what_was_before(
    fresh: TortoiseContext, settings: Settings
) -> None:
    with fresh:
        transactions, told = Transactions(hold=True), list[str]()
        await add(transactions, "one", told)
        with pytest.raises(IntegrityError):
            await add(transactions, "one", told)
        assert not transactions.changed
        await transactions.commit()
        assert (await names_for_others(settings), told) == (["one"], ["one"])


async def test_committing_or_rolling_back_nothing_does_nothing(fresh: TortoiseContext) -> None:
    with fresh:
        transactions, told = Transactions(hold=True), list[str]()
        for end in (transactions.commit, transactions.roll_back) * 2:
            await end()
        await add(transactions, "one", told)
        for end in (transactions.commit, transactions.commit, transactions.roll_back):
            await end()
        assert (await names(), told, transactions.changed) == (["one"], ["one"], True)


async def test_tasks_that_are_gathered_meanwhile_see_what_is_held(fresh: TortoiseContext) -> None:
    with fresh:
        transactions = Transactions(hold=True)
        await add(transactions, "one", [])
        assert await asyncio.gather(*(names() for _ in range(20))) == [["one"]] * 20
        await transactions.roll_back()
        assert await asyncio.gather(*(names() for _ in range(20))) == [[]] * 20


async def test_others_write_once_it_has_ended(fresh: TortoiseContext) -> None:
    with fresh:
        for end in (Transactions.commit, Transactions.roll_back):
            held, others = Transactions(hold=True), Transactions()
            waiting = asyncio.Event()

            async def add_later(name: str, waiting: asyncio.Event = waiting, others: Transactions = others) -> None:
                await waiting.wait()
                await add(others, name, [])

            other = asyncio.create_task(add_later(f"other {end.__name__}"))
            await add(held, f"held {end.__name__}", [])
            waiting.set()
            await asyncio.sleep(0.05)
            await end(held)
            async with asyncio.timeout(PATIENCE):
                await other
        assert await names() == ["held commit", "other commit", "other roll_back"]


@pytest.mark.parametrize("hold", [False, True])
async def test_what_is_committed_is_told_wherever_its_task_is_cancelled(fresh: TortoiseContext, *, hold: bool) -> None:
    with fresh:
        told = list[str]()

        async def add_one(name: str) -> None:
            transactions = Transactions(hold=hold)
            await add(transactions, name, told)
            await transactions.commit()

        cancelled = [await run_cancelled(partial(add_one, str(point)), {point}) for point in range(41)]
        assert sorted(told) == await names()
        assert sum(cancelled) >= 3, "few points were cancelled at: begin, insert and commit are some"
        assert not all(cancelled)


async def test_a_commit_that_fails_is_an_error_and_leaves_nothing_behind(fresh: TortoiseContext) -> None:
    with fresh:
        await (
            require_context()
            .db()
            .execute_script(
                "CREATE TABLE pairs (id INTEGER PRIMARY KEY, other INTEGER REFERENCES pairs (id) DEFERRABLE INITIALLY "
                "DEFERRED)"
            )
        )
        transactions, told = Transactions(hold=True), list[str]()
        await add(transactions, "one", told)
        await require_context().db().execute_query("INSERT INTO pairs VALUES (1, 2)")
        with pytest.raises((BaseORMException, sqlite3.IntegrityError)):
            await transactions.commit()
        assert (await names(), await ask("SELECT * FROM pairs"), told) == ([], [], [])
        await add(transactions, "two", told)
        await transactions.commit()
        assert (await names(), told) == (["two"], ["two"])
