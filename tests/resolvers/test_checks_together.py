"""Many processes check many credentials: each is asked about once, evenly, and a Stripe that is down is left alone."""

import asyncio
import logging
import multiprocessing
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.stripe.gateway import Account, StripeGateway
from kit.secret import Secret
from models import CheckPace, Credential, Destination, Event, Organization
from resolvers.credentials.schedule import claim_due
from resolvers.credentials.sealing import secret_context
from resolvers.services import Services
from tests.support.actions import add_credential, kinds
from tests.support.checks import HOUR, MINUTE, Checker, checker, end_claims, health, move
from tests.support.databases import settings_in
from tests.support.documents import VERIFY_CREDENTIAL
from tests.support.gate import open_gate
from tests.support.metrics import figures_when
from tests.support.organizations import new_tenant
from tests.support.rows import connected_credential
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import change_at_stripe
from tests.support.waiting import PATIENCE, until

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_TEST_MODE = Destination.STRIPE_TEST_MODE
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class _Stripe(StripeGateway):
    """Counts calls by secret, and answers none of them if it is down: nothing listens at its address."""

    def __init__(self, base: str | None) -> None:
        super().__init__(base=base or "http://127.0.0.1:9", timeout=5)
        self.calls = Counter[str]()

    async def account_of(self, secret: Secret, *, unattended: bool = False) -> Account | None:
        self.calls[secret.reveal()] += 1
        return await super().account_of(secret, unattended=unattended)


async def _fill(services: Services, count: int, **columns: object) -> None:
    """Stores credentials, each with a key of its own that Stripe accepts."""
    now = datetime.now(UTC)
    organization = await Organization.create(name=f"Many {now.timestamp()}", created_at=now)
    key = secret_key()

    def seal(row: Credential) -> str:
        return services.vault.seal(Secret(f"{key}{row.name}"), secret_context(row))

    rows = [connected_credential(str(organization.id), f"{number:05}", seal) for number in range(count)]
    for row in rows:
        row.update_from_dict(columns)
    await Credential.bulk_create(rows)


@asynccontextmanager
async def _counting(folder: Path, base: str | None) -> AsyncIterator[tuple[Checker, _Stripe]]:
    """A process of its own database, or of another one's folder, that counts its calls."""
    async with checker(settings_in(folder)) as checks:
        stripe = _Stripe(base)
        async with _closing(stripe):
            yield Checker(replace(checks.services, stripe=stripe)), stripe


@asynccontextmanager
async def _closing(stripe: StripeGateway) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await stripe.close()


async def test_a_claim_keeps_others_away_until_it_ends(tmp_path: Path) -> None:
    async with checker(settings_in(tmp_path)) as checks:
        await _fill(checks.services, 3, refused_at=_NEVER)
        claimed = await claim_due(checks.services, _TEST_MODE, 2, checks.now)
        others = await claim_due(checks.services, _TEST_MODE, 5, checks.now)
        assert (len(claimed), len(others)) == (2, 1)
        assert await claim_due(checks.services, _TEST_MODE, 5, checks.now) == []
        later = checks.now + timedelta(seconds=30 + 2 * checks.services.stripe.timeout)
        again = await claim_due(checks.services, _TEST_MODE, 5, later)
        assert set(again) == {*claimed, *others}


async def test_tasks_that_claim_at_once_get_each_credential_once(tmp_path: Path) -> None:
    async with checker(settings_in(tmp_path)) as checks:
        await _fill(checks.services, 60, refused_at=_NEVER)
        claims = await asyncio.gather(*(claim_due(checks.services, _TEST_MODE, 5, checks.now) for _ in range(20)))
        ids = [id_ for claimed in claims for id_ in claimed]
        assert len(ids) == len(set(ids))


def _check_in_a_process(
    folder: Path, variables: dict[str, str], base: str, results: "multiprocessing.Queue[Counter[str]]"
) -> None:
    async def run() -> None:
        settings = settings_in(folder, **variables)
        async with checker(settings) as checks:
            stripe = _Stripe(base)
            async with _closing(stripe):
                mine = Checker(replace(checks.services, stripe=stripe))
                while await mine.check() < 1:
                    pass
            results.put(stripe.calls)

    asyncio.run(run())


async def test_two_processes_ask_about_each_credential_once(tmp_path: Path, server: RunningServer) -> None:
    settings = settings_in(tmp_path / "own")
    async with checker(settings) as checks:
        await _fill(checks.services, 100, refused_at=_NEVER)
    url = settings.database.postgres_url
    variables = {"DATABASE_URL": url.reveal()} if url else {}
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[Counter[str]] = context.Queue()
    given = (tmp_path / "own", variables, f"{server.address}/sandbox", results)
    processes = [context.Process(target=_check_in_a_process, args=given) for _ in range(2)]
    for process in processes:
        process.start()
    counts = [await asyncio.to_thread(results.get, timeout=PATIENCE) for _ in processes]
    for process in processes:
        await asyncio.to_thread(process.join, PATIENCE)
    total = counts[0] + counts[1]
    assert (len(total), max(total.values())) == (100, 1)
    async with checker(settings):
        assert await Credential.filter(checked_at__isnull=True).count() == 0


async def test_a_backlog_is_spread_evenly_over_two_processes(tmp_path: Path) -> None:
    """Claims alone, since Stripe's answers change no pace: 5,760 credentials that are due at once are four a minute."""
    async with checker(settings_in(tmp_path)) as checks:
        await _fill(checks.services, 5760)
        checks.services.checks.totals = {_TEST_MODE: 5760}
        minutes = [await _claimed_in_a_minute(checks.services, checks.now + minute * MINUTE) for minute in range(60)]
    assert max(minutes) <= 2 * 4
    assert sum(minutes) >= 60 * 4
    assert min(minutes[:-1]) >= 1


async def _claimed_in_a_minute(services: Services, begin: datetime) -> int:
    count = 0
    for second in range(0, 60, 5):
        now = begin + timedelta(seconds=second)
        for ids in await asyncio.gather(*(claim_due(services, _TEST_MODE, 5, now) for _ in range(2))):
            await _done(ids, now)
            count += len(ids)
    return count


async def _done(ids: Sequence[str], now: datetime) -> None:
    await Credential.filter(id__in=ids).update(next_check_at=now + 24 * HOUR)


async def test_one_mode_does_not_wait_for_the_other(tmp_path: Path) -> None:
    async with checker(settings_in(tmp_path)) as checks:
        await _fill(checks.services, 10, destination=Destination.STRIPE)
        await _fill(checks.services, 1)
        assert len(await claim_due(checks.services, Destination.STRIPE, 5, checks.now)) == 1
        assert await claim_due(checks.services, Destination.STRIPE, 5, checks.now) == [], "its pace allows no more"
        assert len(await claim_due(checks.services, _TEST_MODE, 5, checks.now)) == 1


async def test_an_hour_without_stripe_changes_no_status_and_makes_few_calls_and_lines(
    tmp_path: Path, server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with _counting(tmp_path, None) as (checks, stripe):
        await _fill(checks.services, 40, refused_at=_NEVER)
        await checks.run(HOUR, step=timedelta(seconds=10))
        assert 10 + 50 <= stripe.calls.total() <= 14 + 60
        assert len(caplog.records) <= 61
        assert {record.name for record in caplog.records} == {"resolvers.daemons.checks"}
        assert "Credentials could not be checked with Stripe; their status stands." in caplog.text
        assert await Credential.filter(status="CONNECTED").count() == 40
        assert await Event.all().count() == 0
        now = checks.now
    async with _counting(tmp_path, f"{server.address}/sandbox") as (checks, _):
        checks.now = now
        await checks.run(HOUR, step=timedelta(seconds=30))
        assert await Credential.filter(failing_since__isnull=False).count() == 0


async def test_the_pace_is_a_row_that_no_process_moves_twice(tmp_path: Path) -> None:
    async with checker(settings_in(tmp_path)) as checks:
        await _fill(checks.services, 10)
        claims = await asyncio.gather(*(claim_due(checks.services, _TEST_MODE, 5, checks.now) for _ in range(10)))
        assert sum(map(len, claims)) == 1
        assert (await CheckPace.get(destination=_TEST_MODE)).free_at > checks.now


async def test_a_check_that_is_killed_is_made_by_the_next_process(tmp_path: Path) -> None:
    with running_server(tmp_path / "stripe") as stripe:
        async with open_gate(stripe.address) as gate:
            behind = {"STRIPE_API_BASE": f"{gate.address}/sandbox"}
            key = secret_key()
            with running_server(tmp_path / "own", **behind) as server:
                client = (await new_tenant(server)).client
                id_ = (await add_credential(client, key=key))["id"]
            async with checker(server.settings):
                await move(id_, next_check_at=_NEVER)
            with gate.holding("/v1/account") as hold, running_server(tmp_path / "own", **behind) as server:
                await hold.arrival()
                server.kill()
            async with checker(server.settings) as checks:
                row = await Credential.get(id=id_)
                assert row.next_check_at == _NEVER
                assert await claim_due(checks.services, _TEST_MODE, 5, checks.now) == [], "it is still claimed"
                await end_claims()
            await change_at_stripe(stripe, key, "unavailable")
            with running_server(tmp_path / "own", **behind) as server:
                labels = {"mode": "test", "outcome": "failed"}
                await figures_when(server, lambda now: now.of("credential_checks_total", **labels) == 1)
                await until(lambda: "Credentials could not be checked" in server.log.read_text())
                found = await health(replace(client, address=server.address), id_)
    assert (found["status"], found["health"]["state"]) == ("CONNECTED", "FAILING")


async def test_a_check_that_was_overtaken_records_nothing(tmp_path: Path) -> None:
    key = secret_key()
    with running_server(tmp_path / "own") as server:
        client = (await new_tenant(server)).client
        id_ = (await add_credential(client, key=key))["id"]
        async with checker(server.settings) as checks, open_gate(server.address) as gate:
            stripe = _Stripe(f"{gate.address}/sandbox")
            mine = Checker(replace(checks.services, stripe=stripe))
            await move(id_, refused_at=_NEVER, next_check_at=_NEVER)
            async with _closing(stripe):
                with gate.holding("/v1/account") as hold:
                    checking = asyncio.create_task(mine.check())
                    await hold.arrival()
                    await client.result(VERIFY_CREDENTIAL, input={"id": id_})
                    await change_at_stripe(server, key, "rejected")
                await checking
            assert stripe.calls.total() == 1
        assert (await health(client, id_))["health"]["state"] == "HEALTHY"
        assert await kinds(client) == ["CREDENTIAL_CREATED", "CREDENTIAL_VERIFIED"]
