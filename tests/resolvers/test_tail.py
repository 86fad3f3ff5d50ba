"""One reader per organization and process serves all followers; slow followers cost queries, not memory."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from tortoise.context import TortoiseContext

from adapters.notifier import Notifier
from models import ActorKind, Event, EventKind, Organization
from resolvers.events import tail as tail_module
from resolvers.events.tail import Tail, Tails
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


async def collect(tail: Tail, count: int) -> list[int]:
    positions: list[int] = []
    while len(positions) < count:
        positions += [event.position for event in await tail.after(positions[-1] if positions else 0)]
    return positions


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
        async with Tails(notifier).follow(mine.id) as tail:
            followers = [asyncio.create_task(collect(tail, 3)) for _ in range(100)]
            await until(lambda: reads == 1)
            reads = 0
            await grow(mine.id, range(1, 4))
            notifier.notify(mine.id)
            assert await asyncio.gather(*followers) == [[1, 2, 3]] * 100
    assert reads <= 2


async def test_a_lost_ring_costs_a_second_and_no_event(database: TortoiseContext) -> None:
    with database:
        mine = await organization()
        async with Tails(Notifier()).follow(mine.id) as tail:
            for position in range(1, 4):  # at least the last two come after it has looked once
                await grow(mine.id, range(position, position + 1))
                assert [event.position for event in await _in_time(tail.after(position - 1))] == [position]


async def test_who_falls_behind_the_window_reads_on_from_the_database(
    database: TortoiseContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_module, "_WINDOW", 5)
    monkeypatch.setattr(tail_module, "_BATCH", 4)
    with database:
        notifier, mine = Notifier(), await organization()
        async with Tails(notifier).follow(mine.id) as tail:
            await grow(mine.id, range(1, 31))
            notifier.notify(mine.id)
            assert await _in_time(collect(tail, 30)) == list(range(1, 31))


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
        async with Tails(Notifier()).follow(mine.id) as tail:
            await grow(mine.id, range(1, 3))
            assert await _in_time(collect(tail, 2)) == [1, 2]
    assert failures == []


async def test_a_tail_ends_with_its_last_follower(database: TortoiseContext) -> None:
    with database:
        mine, tails = await organization(), Tails(Notifier())
        before = asyncio.all_tasks()
        async with tails.follow(mine.id) as first, tails.follow(mine.id) as second:
            assert first is second
            assert len(asyncio.all_tasks() - before) == 1
        await until(lambda: asyncio.all_tasks() == before)
