"""Refreshing the access tokens of Stripe Apps: on need, once, and never silently dead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models import Credential, Scope
from startup.database import open_database
from tests.support.actions import history, kinds
from tests.support.apps import AHEAD, Installed, age, app_settings, install, keep_refresh_tokens, sandbox_of
from tests.support.checks import checker
from tests.support.client import Client
from tests.support.databases import stored
from tests.support.documents import REPORT_FAILURE, VERIFY_CREDENTIAL
from tests.support.encryption import encryption_key
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import plain_client
from tests.support.ports import own_port
from tests.support.secrecy import assert_no_leak
from tests.support.servers import RunningServer, environment, run_program, running_server
from tests.support.stripe import changed_at_stripe
from tests.support.stripe_app import SECRET_KEY

pytestmark = [pytest.mark.usefixtures("engine")]

_LATE = timedelta(minutes=4)  # still usable, and due
_OVER = timedelta(seconds=-1)


@pytest.fixture(scope="module")
async def apps_server(tmp_path_factory: pytest.TempPathFactory, engine: str) -> AsyncIterator[RunningServer]:
    """A server with a Stripe App."""
    folder = tmp_path_factory.mktemp(f"refreshes-{engine}")
    with running_server(folder, **app_settings(own_port()), VERIFY_INTERVAL_HOURS="0") as running:
        yield running
        async with plain_client() as http:
            figures = (await http.get(f"{running.address}/metrics")).text
        assert "drawbridge_stripe_failures_total" in figures
        assert_no_leak(await stored(running.settings), running.log.read_text(), figures)


@pytest.fixture
async def installed(apps_server: RunningServer) -> AsyncIterator[Installed]:
    """An account that has installed the app. The server's database is open.

    Stripe's refusal quotes the refresh token, which no log may do.
    """
    tenant = await new_tenant(apps_server)
    made = await install(tenant.client)
    async with open_database(apps_server.settings):
        await keep_refresh_tokens(apps_server.settings)
        yield made


async def test_a_token_is_kept_until_five_minutes_before_its_end(installed: Installed) -> None:
    await age(installed, AHEAD + timedelta(seconds=30))
    first, second = await installed.reveal(), await installed.reveal()
    assert first["secretKey"] == second["secretKey"]
    assert await installed.refreshes() == 0


async def test_whoever_reveals_later_gets_the_next_token_and_the_log_has_no_refresh(installed: Installed) -> None:
    first, before = await installed.reveal(), await installed.grant()
    await age(installed, _LATE)
    second, third = await installed.reveal(), await installed.reveal()
    assert first["secretKey"] != second["secretKey"] == third["secretKey"]
    assert datetime.fromisoformat(second["expiresAt"]) > datetime.now(UTC) + timedelta(minutes=54)
    assert (await installed.works(first["secretKey"]), await installed.works(second["secretKey"])) == (False, True)
    assert await installed.refreshes() == 1
    after = await installed.grant()
    assert (after["version"], after["secretVersion"]) == (before["version"], before["secretVersion"])
    assert (await kinds(installed.client))[-3:] == ["SECRET_REVEALED"] * 3


async def test_a_hundred_reveals_at_once_refresh_once(installed: Installed) -> None:
    await age(installed, _OVER)
    revealed = await asyncio.gather(*(installed.reveal() for _ in range(100)))
    assert len({each["secretKey"] for each in revealed}) == 1
    assert await installed.refreshes() == 1


@pytest.mark.parametrize("outcome", ["unavailable", "ratelimited"])
async def test_while_stripe_fails_the_status_stands_and_recovery_shows(installed: Installed, outcome: str) -> None:
    first = await installed.reveal()
    await installed.choose(outcome)
    await age(installed, _LATE)
    again = await installed.reveal()
    assert again["secretKey"] == first["secretKey"], "it works for some minutes longer"
    assert datetime.fromisoformat(again["expiresAt"]) < datetime.now(UTC), "so that it is asked for again"
    failing = await installed.grant()
    assert (failing["status"], failing["health"]["state"]) == ("CONNECTED", "FAILING")
    await age(installed, timedelta(seconds=59))
    refused = await installed.reveal()
    assert (refused["__typename"], refused["retryAfterSeconds"]) == ("StripeUnavailableError", 1)
    tried = await installed.refreshes()
    assert tried == 1, "nobody asks Stripe again at once"
    await installed.choose("works")
    await Credential.filter(id=installed.credential_id).update(refresh_paused_until=None)  # its time is over
    assert await installed.works((await installed.reveal())["secretKey"])
    well = await installed.grant()
    assert (well["status"], well["health"]) == ("CONNECTED", {"state": "HEALTHY", "failingSince": None})


async def test_the_pause_is_as_long_as_stripe_has_been_failing_with_jitter(installed: Installed) -> None:
    await installed.choose("unavailable")
    await age(installed, _LATE)
    began = datetime.now(UTC)
    await Credential.filter(id=installed.credential_id).update(failing_since=began - timedelta(seconds=20))
    await installed.reveal()
    row, ended = await Credential.get(id=installed.credential_id), datetime.now(UTC)
    assert row.refresh_paused_until is not None
    assert row.refresh_paused_until >= began + timedelta(seconds=15)
    assert row.refresh_paused_until <= ended + 1.25 * (ended - began + timedelta(seconds=20))


async def test_stripe_s_retry_after_is_obeyed(apps_server: RunningServer, installed: Installed) -> None:
    await age(installed, timedelta(seconds=30))
    async with changed_at_stripe(apps_server, SECRET_KEY, "retryafter"):
        first = await installed.reveal()
    again = await installed.reveal()
    assert (first["retryAfterSeconds"], again["__typename"]) == (7, "StripeUnavailableError")
    assert await installed.refreshes() == 0


async def test_a_key_of_this_server_that_stripe_refuses_ends_no_grant(
    apps_server: RunningServer, installed: Installed
) -> None:
    await age(installed, _OVER)
    async with changed_at_stripe(apps_server, SECRET_KEY, "rejected"):
        assert (await installed.reveal())["__typename"] == "StripeUnavailableError"
    assert (await installed.grant())["status"] == "CONNECTED"
    await Credential.filter(id=installed.credential_id).update(refresh_paused_until=None)
    assert await installed.works((await installed.reveal())["secretKey"])


async def test_a_refused_refresh_disconnects_and_is_told(installed: Installed) -> None:
    await installed.choose("revoked")
    await age(installed, _OVER)
    result = await installed.reveal()
    assert result["__typename"] == "CredentialNotConnectedError"
    assert result["credential"] == {"status": "DISCONNECTED", "problem": "REFRESH_FAILED"}
    told = (await history(installed.client))[-2:]
    assert [event["kind"] for event in told] == ["CREDENTIAL_STATUS_CHANGED", "INTEGRATION_STATUS_CHANGED"]
    assert (told[0]["problem"], told[0]["actor"]["kind"]) == ("REFRESH_FAILED", "TOKEN")


async def test_a_lost_answer_is_told_when_the_token_is_needed_again(installed: Installed) -> None:
    await installed.choose("lost")
    await age(installed, _OVER)
    assert (await installed.reveal())["__typename"] == "StripeUnavailableError"
    assert (await installed.grant())["status"] == "CONNECTED"
    await Credential.filter(id=installed.credential_id).update(refresh_paused_until=None)
    result = await installed.reveal()
    assert result["credential"] == {"status": "DISCONNECTED", "problem": "REFRESH_FAILED"}


async def test_a_user_who_verifies_gets_a_token_that_works(installed: Installed) -> None:
    await age(installed, _OVER)
    await installed.stripe.move_clock(3601)
    result = await installed.client.result(VERIFY_CREDENTIAL, input={"id": installed.credential_id})
    assert result["credential"]["status"] == "CONNECTED"
    assert await installed.refreshes() == 1


async def test_a_token_that_died_early_is_refreshed_when_a_partner_reports_it(installed: Installed) -> None:
    """The server believes that it has most of an hour left."""
    first = await installed.reveal()
    await installed.stripe.move_clock(3601)
    assert await installed.reveal() == first
    assert not await installed.works(first["secretKey"])
    result = await installed.client.result(REPORT_FAILURE, input={"integrationId": installed.integration_id})
    assert result["credential"]["status"] == "CONNECTED", result
    assert await installed.works((await installed.reveal())["secretKey"])


async def test_a_grant_that_nobody_uses_is_refreshed_by_its_check(
    apps_server: RunningServer, installed: Installed
) -> None:
    """For 20 months, although a refresh token ends after a year."""
    async with checker(apps_server.settings, verify_interval_hours=24) as checks:
        for _ in range(2):
            await installed.stripe.move_clock(300 * 86_400)
            checks.now += timedelta(days=300)
            row = await checks.reach(installed.credential_id)
    assert (row.status, row.failing_since, await installed.refreshes()) == ("CONNECTED", None, 2)
    assert await installed.works((await installed.reveal())["secretKey"])


@pytest.mark.slow
async def test_key_rotation_reseals_both_tokens(tmp_path: Path) -> None:
    old, new = encryption_key("old"), encryption_key("new")
    with running_server(tmp_path, **app_settings(own_port()), ENCRYPTION_KEYS=f"{old},{new}") as server:
        installed = await install((await new_tenant(server)).client)
        done = run_program("cli.py", "rotate-keys", env=environment(tmp_path, ENCRYPTION_KEYS=f"{new},{old}"))
        assert done.returncode == 0, done.stderr
        async with open_database(server.settings):
            row = await Credential.get(id=installed.credential_id)
            sealed = row.sealed_secret, row.sealed_refresh_token
            assert [str(text).startswith("v1.new.") for text in sealed] == [True, True]
            await age(installed, _OVER)
            assert await installed.works((await installed.reveal())["secretKey"])


@dataclass(frozen=True, slots=True)
class _Pair:
    tenant: Tenant
    clients: list[Client]


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[_Pair]:
    """Two servers with one database, of which the first has the sandbox."""
    async with AsyncExitStack() as stack:
        port = own_port()
        first = stack.enter_context(running_server(tmp_path, **app_settings(port)))
        shared = app_settings(port) | {"DATA_DIR": str(tmp_path), "STRIPE_API_BASE": f"{first.address}/sandbox"}
        second = stack.enter_context(running_server(tmp_path / "second", **(shared | {"PORT": "0"})))
        await stack.enter_async_context(open_database(first.settings))
        tenant = await new_tenant(first)
        client = await tenant.client_with(Scope.REVEAL_SECRETS)
        yield _Pair(tenant, [client, replace(client, address=second.address)])


@pytest.mark.slow
async def test_five_hundred_reveals_of_two_processes_within_the_second_of_the_end_refresh_once(pair: _Pair) -> None:
    installed = await install(pair.tenant.client)
    await age(installed, AHEAD + timedelta(seconds=0.5))
    revealing = [asyncio.create_task(installed.reveal(pair.clients[n % 2])) for n in range(250)]
    await asyncio.sleep(0.5)
    revealing += [asyncio.create_task(installed.reveal(pair.clients[n % 2])) for n in range(250)]
    revealed = await asyncio.gather(*revealing)
    assert {each["__typename"] for each in revealed} == {"RevealSecretSuccess"}
    assert len({each["secretKey"] for each in revealed}) <= 2
    assert (await installed.refreshes(), await sandbox_of(pair.tenant.client).refused_calls()) == (1, 0)
