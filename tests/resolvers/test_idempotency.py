"""Claims on an Idempotency-Key: their owner, their expiry, and the retention of responses."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext

from kit.secret import Secret
from models import ApiToken, Event, IdempotentRequest, Organization, Scope
from models.migrations import migrate
from resolvers import idempotency, tokens
from resolvers.context import Context, Viewer
from resolvers.idempotency import RETENTION, Idempotency, delete_old_requests, once
from resolvers.refusals import KeyInUse
from resolvers.services import Services
from startup.services import create_services
from tests.support.databases import opened, settings_in
from tests.support.waiting import PATIENCE, until

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_TIMEOUT = 3.0
# A time at which a claim of _NOW has expired.
_LATER = _NOW + timedelta(seconds=_TIMEOUT + 3)
_REQUEST = Idempotency("key", "fingerprint")


class Pause:
    """A point at which a task waits until the test lets it continue."""

    def __init__(self) -> None:
        self.reached, self.over = asyncio.Event(), asyncio.Event()

    async def wait(self) -> None:
        """Reports the arrival and waits."""
        self.reached.set()
        await self.over.wait()


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """Services with a database timeout of three seconds."""
    made = create_services(settings_in(tmp_path, DATABASE_TIMEOUT_SECONDS=str(_TIMEOUT)))
    yield made
    await made.stripe.close()


async def viewer() -> Viewer:
    """A viewer in a new organization."""
    row = await Organization.create(name=datetime.now(UTC).isoformat(), created_at=_NOW)
    return Viewer("token_test", row, "test", frozenset(Scope))


async def issue(context: Context, name: str, *, before: Pause | None = None, after: Pause | None = None) -> str:
    """Issues a token idempotently; returns the name of the issued token. Pauses before or after the change."""
    async with once(context, _REQUEST) as attempt:
        if attempt.answer is not None:
            return attempt.answer.reveal()
        if before:
            await before.wait()
        await tokens.issue(context, name=name, scopes=[Scope.READ], expires_at=None)
        if after:
            await after.wait()
        await attempt.keep(Secret(name))
        return name


async def issued(who: Viewer) -> list[str]:
    """The names of all tokens. Asserts that each has its event."""
    names = [row.name for row in await ApiToken.filter(organization_id=who.organization.id).order_by("id")]
    events = await Event.filter(organization_id=who.organization.id).order_by("position")
    assert [(event.position, event.name) for event in events] == list(enumerate(names, start=1))
    return names


async def test_who_is_too_late_changes_nothing_once_somebody_else_has_taken_over(
    database: TortoiseContext, services: Services
) -> None:
    with database:
        who, pause = await viewer(), Pause()
        slow = asyncio.create_task(issue(Context(services, who, lambda: _NOW), "slow", before=pause))
        await pause.reached.wait()
        assert await issue(Context(services, who, lambda: _LATER), "quick") == "quick"
        pause.over.set()
        with pytest.raises(KeyInUse):
            await slow
        assert await issued(who) == ["quick"]
        assert await issue(Context(services, who, lambda: _LATER), "again") == "quick"


async def test_who_is_too_late_does_not_commit_what_is_changed_already(
    database: TortoiseContext, services: Services
) -> None:
    with database:
        who, pause = await viewer(), Pause()
        slow = asyncio.create_task(issue(Context(services, who, lambda: _NOW), "slow", after=pause))
        await pause.reached.wait()
        quick = asyncio.create_task(issue(Context(services, who, lambda: _LATER), "quick"))
        await asyncio.sleep(0.2)  # on a fast machine, it waits for the other's transaction by now
        pause.over.set()
        outcomes = await asyncio.gather(slow, quick, return_exceptions=True)
        (name,) = await issued(who)
        assert [name if not isinstance(outcome, KeyInUse) else None for outcome in outcomes] in (
            [None, "quick"],
            ["slow", "slow"],
            ["slow", None],  # it looked at the claim before the other had committed, and is told to ask again
        )
        assert await issue(Context(services, who, lambda: _LATER), "again") == name


async def test_a_claim_outlasts_a_statement(database: TortoiseContext, services: Services) -> None:
    with database:
        who, pause = await viewer(), Pause()
        slow = asyncio.create_task(issue(Context(services, who, lambda: _NOW), "slow", before=pause))
        await pause.reached.wait()
        just_before = _NOW + timedelta(seconds=_TIMEOUT + 1)
        with pytest.raises(KeyInUse):
            await issue(Context(services, who, lambda: just_before), "quick")
        pause.over.set()
        assert await slow == "slow"
        assert await issued(who) == ["slow"]


async def test_a_claim_is_renewed_while_its_request_runs(
    database: TortoiseContext, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "_RENEWAL_SECONDS", 0.01)
    with database:
        who, pause, clock = await viewer(), Pause(), [_NOW]
        slow = asyncio.create_task(issue(Context(services, who, lambda: clock[0]), "slow", before=pause))
        await pause.reached.wait()
        for moment in (_LATER, _LATER + timedelta(minutes=1)):
            clock[0] = moment
            mine = IdempotentRequest.filter(organization_id=who.organization.id, claimed_until__gt=moment)
            await until(mine.exists)
        with pytest.raises(KeyInUse):
            await issue(Context(services, who, lambda: clock[0]), "quick")
        pause.over.set()
        assert await slow == "slow"
        assert await issued(who) == ["slow"]


async def test_of_many_who_would_take_over_one_does(database: TortoiseContext, services: Services) -> None:
    with database:
        who = await viewer()
        await IdempotentRequest.create(
            organization_id=who.organization.id,
            viewer_id=who.id,
            key=_REQUEST.key,
            fingerprint=_REQUEST.fingerprint,
            claimed_until=_NOW,
            created_at=_NOW,
        )
        names = [f"token {number}" for number in range(8)]
        contexts = {name: Context(services, who, lambda: _LATER) for name in names}
        outcomes = await asyncio.gather(*(issue(contexts[name], name) for name in names), return_exceptions=True)
        (name,) = await issued(who)
        assert {outcome for outcome in outcomes if isinstance(outcome, str)} == {name}
        assert {type(outcome) for outcome in outcomes} <= {str, KeyInUse}


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("ended", ["failed", "cancelled"])
async def test_what_does_not_come_to_its_end_leaves_neither_a_change_nor_a_claim(
    database: TortoiseContext, services: Services, where: str, ended: str
) -> None:
    class FailingPause(Pause):
        async def wait(self) -> None:
            if ended == "failed":
                raise ValueError
            task = asyncio.current_task()
            assert task
            task.cancel()
            await asyncio.sleep(PATIENCE)

    with database:
        who = await viewer()
        context = Context(services, who, lambda: _NOW)
        with pytest.raises((ValueError, asyncio.CancelledError)):
            await asyncio.create_task(issue(context, "lost", **{where: FailingPause()}))
        assert await IdempotentRequest.filter(organization_id=who.organization.id).count() == 0
        assert await issued(who) == []
        assert await issue(Context(services, who, lambda: _NOW), "again") == "again"


async def keep_since(who: Viewer, moments: list[datetime]) -> None:
    """Stores responses at these times."""
    await IdempotentRequest.bulk_create(
        IdempotentRequest(
            organization_id=who.organization.id,
            viewer_id=who.id,
            key=f"key {number}",
            fingerprint="",
            claimed_until=moment,
            created_at=moment,
        )
        for number, moment in enumerate(moments)
    )


async def test_what_is_old_is_forgotten_however_much_it_is_and_what_is_not_is_kept(database: TortoiseContext) -> None:
    with database:
        who, second = await viewer(), timedelta(seconds=1)
        await keep_since(who, [_NOW - RETENTION] * 250 + [_NOW - RETENTION + second, _NOW])
        await delete_old_requests(_NOW)
        kept = IdempotentRequest.filter(organization_id=who.organization.id)
        assert await kept.order_by("created_at").values_list("created_at", flat=True) == [
            _NOW - RETENTION + second,
            _NOW,
        ]


@pytest.mark.usefixtures("sqlite")
async def test_forgetting_waits_for_nobody_where_there_is_nothing_to_forget(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with opened(settings):
        await migrate()
        await keep_since(await viewer(), [_NOW])
        with closing(sqlite3.connect(settings.database.sqlite_path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            async with asyncio.timeout(PATIENCE):  # or until the engine gives up, which is an error
                await delete_old_requests(_NOW)
        assert await IdempotentRequest.all().count() == 1
