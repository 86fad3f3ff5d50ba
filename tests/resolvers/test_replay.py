"""Resuming far behind the log's end: the database filters, in batches, a few replays of a viewer at a time."""

import asyncio
import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext, require_context

from models import ActorKind, Event, EventKind, Organization, Scope
from models.migrations import migrate
from resolvers.context import Context, Viewer
from resolvers.events import read as log
from resolvers.events import tail as tail_module
from resolvers.events.read import EventFilter, FollowedEvent, event_cursor
from startup.services import create_services
from tests.support.databases import opened, settings_in
from tests.support.plans import Statements, rows_looked_at
from tests.support.waiting import PATIENCE, until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]

_REVEALED, _CREATED, _REVOKED = EventKind.SECRET_REVEALED, EventKind.INTEGRATION_CREATED, EventKind.TOKEN_REVOKED
_EVENTS, _RARE = 3000, 100


def _kind(position: int) -> EventKind:
    return _REVEALED if position % _RARE == 7 else _REVOKED if position % _RARE == 8 else _CREATED


async def _append(organization: Organization, positions: range) -> None:
    now = datetime.now(UTC)
    await Event.bulk_create(
        Event(
            organization_id=organization.id,
            position=position,
            kind=_kind(position),
            subject="integration_00000000000000000000000000",
            name="x",
            actor="x",
            actor_kind=ActorKind.SYSTEM,
            occurred_at=now,
        )
        for position in positions
    )
    await Organization.filter(id=organization.id).update(position=positions[-1])


async def _context(folder: Path, events: int = _EVENTS) -> Context:
    """A viewer of an organization with a long log, in the open database."""
    await migrate()
    organization = await Organization.create(name="Long", created_at=datetime.now(UTC))
    await _append(organization, range(1, events + 1))
    viewer = Viewer("somebody", organization, "somebody", frozenset(Scope))
    return Context(create_services(settings_in(folder)), viewer)


async def _resume(context: Context, last: int, kinds: Collection[EventKind] | None = None, after: int = 0) -> list[int]:
    """The positions that a follower receives up to `last`."""
    positions: list[int] = []
    cursor = event_cursor(context.viewer().organization.id, after)
    async with asyncio.timeout(PATIENCE):
        async for item in await log.follow(context, EventFilter(kinds), cursor):
            positions.append(item.event.position)
            if item.event.position >= last:
                return positions
    raise AssertionError


@pytest.mark.parametrize(
    "kinds",
    [None, {_REVEALED}, {_REVEALED, _REVOKED}, {_REVEALED, _CREATED}, set(EventKind)],
    ids=["all", "one", "two rare", "a common one", "every"],
)
async def test_everything_that_matches_comes_once_and_in_order(tmp_path: Path, kinds: set[EventKind] | None) -> None:
    async with opened(settings_in(tmp_path)):
        context = await _context(tmp_path)
        wanted = [position for position in range(5, _EVENTS + 1) if kinds is None or _kind(position) in kinds]
        assert await _resume(context, wanted[-1], kinds, after=4) == wanted


async def test_the_log_may_grow_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "_WINDOW", 20)
    monkeypatch.setattr(log, "_BATCH", 30)
    async with opened(settings_in(tmp_path)):
        context = await _context(tmp_path, 100)
        wanted = {_REVEALED, _CREATED}
        following = [asyncio.create_task(_resume(context, 600, wanted, after)) for after in range(0, 100, 10)]
        for begin in range(101, 601, 25):
            await _append(context.viewer().organization, range(begin, begin + 25))
            context.services.notifier.notify(context.viewer().organization.id)
            await asyncio.sleep(0)
        for after, received in zip(range(0, 100, 10), await asyncio.gather(*following), strict=True):
            assert received == [position for position in range(after + 1, 601) if _kind(position) in wanted]


async def test_the_database_filters_in_batches(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(settings_in(tmp_path)) as database:
        context = await _context(tmp_path)
        for kinds in ({_REVEALED}, {_REVEALED, _REVOKED}):
            statements = Statements(caplog)
            await _resume(context, _EVENTS - _RARE + 7, kinds)
            sent = [statement for statement in statements.sent() if "FROM events" in str(statement[0])]
            batches = [statement for statement in sent if "kind" in statement[0].partition("WHERE")[2]]
            assert len(batches) == 1, "all that matches is one batch, however long the log is"
            assert len(sent) - len(batches) <= 1, "the tail itself looks at the log's end"
            await _assert_few_rows(database, batches[0])


async def _assert_few_rows(database: TortoiseContext, statement: tuple[str, list[object]]) -> None:
    if database.db().capabilities.dialect == "postgres":
        await database.db().execute_query("ANALYZE events")
        assert await rows_looked_at(statement) <= 2 * _EVENTS // _RARE + 10
        return
    _, rows = await require_context().db().execute_query(f"EXPLAIN QUERY PLAN {statement[0]}", statement[1])
    plan = json.dumps([list(row) for row in rows])
    assert "events_of_kind (organization_id=? AND kind=? AND position>? AND position<?)" in plan
    assert "SCAN events" not in plan


async def test_a_viewers_replays_take_turns(tmp_path: Path) -> None:
    async with opened(settings_in(tmp_path)):
        context = await _context(tmp_path, 50)
        cursor = event_cursor(context.viewer().organization.id, 0)
        streams = [await log.follow(context, EventFilter(), cursor) for _ in range(20)]
        started: list[FollowedEvent] = []

        async def begin(number: int) -> None:
            started.append(await anext(streams[number]))

        tasks = [asyncio.create_task(begin(number)) for number in range(20)]
        await until(lambda: len(started) == 8)
        for _ in range(50):  # turns of the event loop in which the others could begin
            await asyncio.sleep(0)
        assert len(started) == 8
        done = [number for number, task in enumerate(tasks) if task.done()]
        other = await _resume(_of_another(context), 50)
        assert other == list(range(1, 51)), "another viewer does not wait"
        await streams[done[0]].aclose()
        await until(lambda: len(started) == 9)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for stream in streams:
            await stream.aclose()


def _of_another(context: Context) -> Context:
    mine = context.viewer()
    return Context(context.services, Viewer("another", mine.organization, "another", mine.scopes))
