"""A row that fails is logged, and holds up no other: neither a daemon's, nor another daemon's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext, require_context

from models import ApiToken, Credential, Destination, Event, Organization, Scope, Withdrawal
from resolvers import tokens
from resolvers.context import Context, Viewer, utc_now
from resolvers.credentials.expire import expire_due
from resolvers.credentials.withdraw import plan_withdrawal, withdraw_due
from resolvers.daemons import daemon, run_daemons
from resolvers.daemons.checks import check_due
from resolvers.daemons.daemon import Daemon
from resolvers.services import Services
from startup.services import create_services
from tests.support.databases import settings_in
from tests.support.rows import connected_credential, incomplete_credential, integration_using
from tests.support.waiting import PATIENCE, until

_DUE = datetime(2026, 1, 1, tzinfo=UTC)
# A row whose name or account says so cannot be changed.
_POISON = {
    "sqlite": """CREATE TRIGGER poison BEFORE UPDATE ON withdrawals WHEN NEW.account_id = 'acct_poison'
        BEGIN SELECT RAISE(ABORT, 'poison'); END""",
    "postgres": """CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN IF NEW.account_id = ''acct_poison'' THEN RAISE ''poison''; END IF; RETURN NEW; END';
        CREATE TRIGGER poison BEFORE UPDATE ON withdrawals FOR EACH ROW EXECUTE FUNCTION poison()""",
}

# A time that Python cannot read.
_DAMAGED = {"sqlite": "'damaged'", "postgres": "'4713-01-01 BC'"}
# A credential of this name cannot be released by its check.
_POISONED_CHECKS = {
    "sqlite": """CREATE TRIGGER poison BEFORE UPDATE ON credentials
        WHEN NEW.name = 'poison' AND NEW.claimed_until IS NULL BEGIN SELECT RAISE(ABORT, 'poison'); END""",
    "postgres": """CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
            IF NEW.name = ''poison'' AND NEW.claimed_until IS NULL THEN RAISE ''poison''; END IF; RETURN NEW; END';
        CREATE TRIGGER poison BEFORE UPDATE ON credentials FOR EACH ROW EXECUTE FUNCTION poison()""",
}


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """Services whose writers wait for half a second."""
    made = create_services(settings_in(tmp_path, DATABASE_TIMEOUT_SECONDS="0.5"))
    yield made
    await made.aclose()


async def _organization(name: str) -> Organization:
    return await Organization.create(name=name, created_at=_DUE)


async def _due(organization: Organization, number: int) -> Credential:
    """A credential that is due; the lower its number, the longer."""
    row = incomplete_credential(organization.id, number, _DUE + timedelta(seconds=number))
    await row.save(force_create=True)
    return row


async def _poison(organization: Organization, number: int) -> Credential:
    """One that cannot be deleted, because an integration uses it."""
    row = await _due(organization, number)
    await integration_using(row).save(force_create=True)
    return row


async def _left() -> list[str]:
    return [row.name for row in await Credential.all().order_by("name")]


async def test_the_others_expire_in_its_organization_and_elsewhere(
    fresh: TortoiseContext, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh:
        mine, other = await _organization("mine"), await _organization("other")
        rows = [await _poison(mine, 1), await _due(mine, 2), await _poison(other, 3), await _due(other, 4)]
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            await expire_due(services, utc_now())
        assert await _left() == ["Due 1", "Due 3"]
        assert await Event.all().count() == 2
    failures = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert failures == [f"Background work on {rows[n].id} failed (IntegrityError); retrying." for n in (0, 2)]


async def test_a_check_that_fails_cancels_no_other(
    fresh: TortoiseContext, tmp_path: Path, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh:
        services = create_services(settings_in(tmp_path))
        poison, other = [await _refused_once(await _organization(name)) for name in ("poison", "other")]
        await require_context().db().execute_script(_POISONED_CHECKS[engine])
        checking = asyncio.create_task(check_due(services))
        async with services.writers.turn(other.organization_id):
            await asyncio.sleep(0.2)  # so that the other one is under way when this one fails
        with pytest.raises(Exception, match="poison"):
            await checking
        checked = {row.id for row in await Credential.filter(checked_at__isnull=False)}
        assert checked == {other.id}
        assert f"Background work on {poison.id} failed" in caplog.text
        await services.aclose()


async def _refused_once(organization: Organization) -> Credential:
    """A credential whose check is due ahead of the pace, so that several are checked at once."""
    row = connected_credential(organization.id, organization.name, lambda _: "v1.another." + "x" * 140)
    row.refused_at = _DUE
    await row.save(force_create=True)
    return row


async def test_a_row_that_cannot_be_read_is_not_checked_and_holds_up_no_other(
    fresh: TortoiseContext, services: Services, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh:
        unreadable, other = [await _refused_once(await _organization(name)) for name in ("unreadable", "other")]
        damage = f"UPDATE credentials SET created_at = {_DAMAGED[engine]} WHERE id = '{unreadable.id}'"  # noqa: S608 - our own
        await require_context().db().execute_script(damage)
        with pytest.raises((ValueError, OverflowError)):
            await check_due(services)
        assert (await Credential.get(id=other.id)).checked_at is not None
        await check_due(services)
        assert caplog.text.count(f"Background work on {unreadable.id} failed") == 1, "its claim lasts"


async def test_an_organization_that_is_locked_is_tried_once_and_holds_up_no_other(
    fresh: TortoiseContext, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh:
        locked, other = await _organization("locked"), await _organization("other")
        for number in range(3):
            await _due(locked, number)
        await _due(other, 3)
        async with services.writers.turn(locked.id):
            with pytest.raises(Exception, match="Too many writers"):
                await expire_due(services, utc_now())
        assert await _left() == ["Due 0", "Due 1", "Due 2"]
        assert caplog.text.count("Background work") == caplog.text.count(locked.id) == 1
        await expire_due(services, utc_now())
        assert await _left() == []


async def test_many_failures_end_the_pass(
    fresh: TortoiseContext, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh:
        mine = await _organization("mine")
        for number in range(101):
            await _poison(mine, number)
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            await expire_due(services, utc_now())
        assert caplog.text.count("Background work") == 100


async def test_tokens_expire_beside_a_credential_that_fails(fresh: TortoiseContext, services: Services) -> None:
    with fresh:
        mine = await _organization("mine")
        await _poison(mine, 1)
        viewer = Viewer("test", mine, "test", frozenset(Scope))
        earlier = Context(services, viewer, lambda: _DUE)
        await tokens.issue(earlier, name="CI", scopes=[Scope.READ], expires_at=_DUE + timedelta(hours=1))
        async with run_daemons(services):
            await until(partial(_has_ended, "CI"))
        assert await _left() == ["Due 1"]


async def _has_ended(name: str) -> bool:
    return (await ApiToken.get(name=name)).ended_at is not None


async def test_a_failure_pauses_its_daemon_however_many_events_there_are(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = 0

    async def fail(_: Services) -> float:
        nonlocal runs
        runs += 1
        raise ValueError

    monkeypatch.setattr(daemon, "_RETRY_SECONDS", 2 * PATIENCE)
    running = asyncio.create_task(Daemon("test", fail, wakes_on_events=True).run(services))
    await until(lambda: runs == 1)
    for _ in range(100):
        services.notifier.notify("organization_1")
        await asyncio.sleep(0)
    running.cancel()
    assert runs == 1


async def test_the_other_withdrawals_are_attempted(
    fresh: TortoiseContext, services: Services, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh:
        await require_context().db().execute_script(_POISON[engine])
        mine = await _organization("mine")
        rows = [
            await plan_withdrawal(services, mine.id, account, Destination.STRIPE, None)  # without a platform for it
            for account in ("acct_poison", "acct_1")
        ]
        with pytest.raises(Exception, match="poison"):
            await withdraw_due(services, rows[1].due_at)
        attempts = {row.account_id: row.attempts for row in await Withdrawal.all()}
        assert attempts == {"acct_poison": 1, "acct_1": 2}
    assert f"Background work on {rows[0].id} failed" in caplog.text
