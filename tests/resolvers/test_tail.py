"""One reader per organization and process serves all followers; slow followers cost queries, not memory."""

import asyncio
from collections.abc import Awaitable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from tortoise.context import TortoiseContext

from adapters.notifier import Notifier
from models import ActorKind, Event, EventKind, Organization
from models.migrations import migrate
from resolvers.events import tail as tail_module
from resolvers.events.tail import Tail, Tails
from tests.support.databases import opened, settings_in
from tests.support.plans import Statements, is_version
from tests.support.waiting import PATIENCE, until

T = TypeVar("T")


async def organization() -> Organization:
    now = datetime.now(UTC)
    return await Organization.create(name=now.isoformat(), created_at=now)


async def grow(organization_id: str, positions: range) -> None:
    for position in positions:
        await Event.create(
            organization_id=organization_id,
            position=position,
            kind=EventKind.TOKEN_ISSUED,
            subject="token_",
            name="x",
            actor="x",
            actor_kind=ActorKind.SYSTEM,
            occurred_at=datetime.now(UTC),
        )
    await Organization.filter(id=organization_id).update(position=positions[-1])


async def collect(tail: Tail, count: int) -> list[int]:
    positions: list[int] = []
    while len(positions) < count:
        positions += await after(tail, positions[-1] if positions else 0)
    return positions


async def after(tail: Tail, position: int) -> list[int]:
    await tail.longer_than(position)
    return [event.position for event in tail.cached_after(position) or ()]


async def _in_time(awaitable: Awaitable[T]) -> T:
    return await asyncio.wait_for(awaitable, PATIENCE)


async def test_a_hundred_followers_cause_the_queries_of_one(
    database: TortoiseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = 0
    read_events = tail_module.read_events

    async def counted(organization_id: str, after: int) -> list[Event]:
        nonlocal reads
        reads += 1
        return await read_events(organization_id, after)

    monkeypatch.setattr(tail_module, "read_events", counted)
    with database:
        notifier, mine = Notifier(), await organization()
        notifier.poll_seconds = 2 * PATIENCE  # so that nothing is read but at a ring
        with Tails(notifier).follow(mine) as tail:
            followers = [asyncio.create_task(collect(tail, 3)) for _ in range(100)]
            await until(lambda: reads == 1)
            reads = 0
            await grow(mine.id, range(1, 4))
            notifier.notify(mine.id)
            assert await asyncio.gather(*followers) == [[1, 2, 3]] * 100
    assert reads <= 2


async def test_a_tail_caches_no_more_than_its_window(
    database: TortoiseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "_WINDOW", 5)
    monkeypatch.setattr(tail_module, "_BATCH", 4)
    with database:
        notifier, mine = Notifier(), await organization()
        with Tails(notifier).follow(mine) as tail:
            await grow(mine.id, range(1, 31))
            notifier.notify(mine.id)
            await _in_time(tail.longer_than(29))
            assert [event.position for event in tail.cached_after(25) or ()] == list(range(26, 31))
            assert tail.cached_after(24) is None


async def test_a_failure_to_read_is_tried_again(database: TortoiseContext, monkeypatch: pytest.MonkeyPatch) -> None:
    failures, read_events = [ValueError("a kind from a newer program"), OSError()], tail_module.read_events

    async def failing(organization_id: str, after: int) -> list[Event]:
        if failures:
            raise failures.pop()
        return await read_events(organization_id, after)

    monkeypatch.setattr(tail_module, "read_events", failing)
    monkeypatch.setattr(tail_module, "_RETRY_SECONDS", 0.05)
    with database:
        mine = await organization()
        with Tails(Notifier()).follow(mine) as tail:
            await grow(mine.id, range(1, 3))
            assert await _in_time(collect(tail, 2)) == [1, 2]
    assert failures == []


async def test_tails_end_with_their_last_follower(database: TortoiseContext) -> None:
    with database:
        mine, tails = await organization(), Tails(Notifier())
        before = asyncio.all_tasks()
        with tails.follow(mine) as first, tails.follow(mine) as second:
            assert first is second
            await until(lambda: len(asyncio.all_tasks() - before) == 1)  # the one that polls
        await until(lambda: asyncio.all_tasks() == before)


async def test_quiet_organizations_cost_one_statement_per_interval_however_many_they_are(
    database: TortoiseContext, caplog: pytest.LogCaptureFixture
) -> None:
    with database, ExitStack() as stack:
        notifier, rows = Notifier(), [await organization() for _ in range(50)]
        tails, statements = Tails(notifier), Statements(caplog)
        for row in rows:
            stack.enter_context(tails.follow(row))
        await until(lambda: len(_about_logs(statements)) >= 50)  # each tail reads its log once, as it begins
        notifier.notify_all(0.05)
        await until(lambda: len(statements.sent()) >= 60)
        assert len(_about_logs(statements)) == 50
        polls = [text for text in _texts(statements) if "FROM events" not in text]
    once = [text for text in polls if "organizations.position >" in text]
    assert all(is_version(text) for text in polls if text not in once)
    if database.db().capabilities.dialect == "sqlite":  # other tests change other databases of the same PostgreSQL
        assert len(once) <= 1, "the file has not changed"


def _about_logs(statements: Statements) -> list[str]:
    return [text for text in _texts(statements) if "FROM events" in text]


def _texts(statements: Statements) -> list[str]:
    return [sent[0] for sent in statements.sent() if isinstance(sent[0], str)]


@pytest.mark.slow
@pytest.mark.usefixtures("engine")
async def test_only_the_log_that_grew_without_a_notification_is_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_in(tmp_path)
    async with opened(settings):
        await migrate()
        rows, tails = [await organization() for _ in range(20)], Tails(Notifier())
        with ExitStack() as stack:
            statements = Statements(caplog)
            followed = [stack.enter_context(tails.follow(row)) for row in rows]
            await until(lambda: len(_about_logs(statements)) >= 20)
            for position in range(1, 4):  # at least the last two come after it has looked once
                async with opened(settings):  # like another process
                    await grow(rows[3].id, range(position, position + 1))
                assert await _in_time(after(followed[3], position - 1)) == [position]
            assert len(_about_logs(statements)) == 23
