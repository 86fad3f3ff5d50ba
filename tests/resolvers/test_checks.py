"""Stored credentials are checked: two refusals disconnect one, an outage changes no status, a recovery is found."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from models import Credential
from tests.support.actions import add_credential, add_integration, history, kinds
from tests.support.checks import DAY, HOUR, INTERVAL, MINUTE, Checker, checker, health, move
from tests.support.client import Client
from tests.support.documents import EVENT_CURSOR, INTEGRATION, UPDATE_CREDENTIAL, VERIFY_CREDENTIAL
from tests.support.oauth import connect, token_of
from tests.support.organizations import new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import change_at_stripe

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:  # noqa: ARG001 - each database has its own
    """A server whose credentials are due long after the tests, by its own clock."""
    with running_server(tmp_path_factory.mktemp("checks")) as running:
        yield running


@pytest.fixture
async def mine(own: RunningServer) -> Client:
    return (await new_tenant(own)).client


@pytest.fixture
def key() -> str:
    return secret_key()


async def _cursor(client: Client) -> str:
    return str((await client.execute(EVENT_CURSOR))["eventCursor"])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_new_credential_is_healthy_and_due_in_a_day(mine: Client) -> None:
    credential = await add_credential(mine)
    found = (await health(mine, credential["id"]))["health"]
    assert found["state"] == "HEALTHY"
    assert found["checkedAt"] == found["succeededAt"] == credential["verifiedAt"]
    assert found["failingSince"] is None
    pause = _time(found["nextCheckAt"]) - _time(found["checkedAt"])
    assert DAY * 0.9 <= pause <= DAY * 1.1


async def test_a_check_that_changes_nothing_writes_no_event(mine: Client, own: RunningServer) -> None:
    id_ = (await add_credential(mine))["id"]
    before, cursor = await health(mine, id_), await _cursor(mine)
    async with checker(own.settings) as checks:
        await checks.reach(id_)
    after = await health(mine, id_)
    assert await _cursor(mine) == cursor
    assert (after["status"], after["version"]) == ("CONNECTED", before["version"])
    assert after["health"]["checkedAt"] == after["verifiedAt"] > before["verifiedAt"]
    assert after["health"]["nextCheckAt"] > before["health"]["nextCheckAt"]


async def test_a_rolled_key_is_refused_twice_a_minute_apart_before_it_is_disconnected(
    mine: Client, own: RunningServer, key: str
) -> None:
    integration = await add_integration(mine, authentication={"secretKey": key})
    id_, cursor = integration["credential"]["id"], await _cursor(mine)
    await change_at_stripe(own, key, "expired")
    async with checker(own.settings) as checks:
        first = await checks.reach(id_)
        found = await health(mine, id_)
        assert (found["status"], found["health"]["state"]) == ("CONNECTED", "FAILING")
        assert found["health"]["succeededAt"] < found["health"]["failingSince"] == found["health"]["checkedAt"]
        assert first.checked_at is not None
        assert first.next_check_at - first.checked_at == MINUTE
        checks.now = first.next_check_at - timedelta(seconds=1)
        await checks.check()
        assert await Credential.get(id=id_) == first, "it is not due yet"
        assert await kinds(mine, cursor) == []
        await checks.reach(id_)
    found = await health(mine, id_)
    assert (found["status"], found["problem"], found["health"]["state"]) == ("DISCONNECTED", "KEY_EXPIRED", "UNKNOWN")
    events = await history(mine, cursor)
    assert [(event["kind"], event["actor"]["kind"]) for event in events] == [
        ("CREDENTIAL_STATUS_CHANGED", "SYSTEM"),
        ("INTEGRATION_STATUS_CHANGED", "SYSTEM"),
    ]
    assert events[0]["problem"] == "KEY_EXPIRED"
    status = (await mine.execute(INTEGRATION, id=integration["id"]))["integration"]["status"]
    assert status == "NEEDS_ATTENTION"


async def test_a_refusal_that_the_second_look_does_not_confirm_changes_nothing(
    mine: Client, own: RunningServer, key: str
) -> None:
    id_ = (await add_credential(mine, key=key))["id"]
    cursor = await _cursor(mine)
    async with checker(own.settings) as checks:
        await change_at_stripe(own, key, "rejected")
        await checks.reach(id_)
        await change_at_stripe(own, key, "accepted")
        row = await checks.reach(id_)
    assert row.refused_at is None
    found = await health(mine, id_)
    assert (found["status"], found["health"]["state"]) == ("CONNECTED", "HEALTHY")
    assert await kinds(mine, cursor) == []


_OUTAGES = ("unavailable", "ratelimited", "webpage", "forbidden", "ipblocked", "unauthorizedip", "badrequest", "slow")


@pytest.mark.parametrize("behaviour", _OUTAGES)
async def test_a_failure_says_nothing_about_the_key(mine: Client, own: RunningServer, key: str, behaviour: str) -> None:
    id_ = (await add_credential(mine, key=key))["id"]
    before, cursor = await health(mine, id_), await _cursor(mine)
    await change_at_stripe(own, key, behaviour)
    async with checker(own.settings, stripe_timeout_seconds=1) as checks:
        for _ in range(3):
            row = await checks.reach(id_)
        found = await health(mine, id_)
        assert (found["status"], found["problem"], found["version"]) == ("CONNECTED", None, before["version"])
        assert found["health"]["state"] == "FAILING"
        assert found["health"]["succeededAt"] == before["verifiedAt"]
        assert before["verifiedAt"] < found["health"]["failingSince"] < found["health"]["checkedAt"]
        assert row.checked_at is not None
        assert MINUTE * 0.9 <= row.next_check_at - row.checked_at <= HOUR * 1.1
        await change_at_stripe(own, key, "accepted")
        await checks.reach(id_)
    found = await health(mine, id_)
    assert (found["health"]["state"], found["health"]["failingSince"]) == ("HEALTHY", None)
    assert await kinds(mine, cursor) == []


async def test_a_failure_is_followed_by_ever_longer_pauses(mine: Client, own: RunningServer, key: str) -> None:
    id_ = (await add_credential(mine, key=key))["id"]
    await change_at_stripe(own, key, "unavailable")
    async with checker(own.settings) as checks:
        pauses = [await _pause(checks, id_) for _ in range(10)]
    assert pauses[0] < 2
    assert all(later > sooner * 1.3 for sooner, later in pairwise(pauses[1:7])), pauses
    assert max(pauses) < 67


async def _pause(checks: Checker, id_: str) -> float:
    """The pause after the next check, in minutes."""
    row = await checks.reach(id_)
    assert row.checked_at is not None
    return (row.next_check_at - row.checked_at) / MINUTE


async def test_a_dead_key_is_asked_about_ever_more_rarely_and_its_recovery_is_told(
    mine: Client, own: RunningServer, key: str
) -> None:
    integration = await add_integration(mine, authentication={"secretKey": key})
    id_ = integration["credential"]["id"]
    await change_at_stripe(own, key, "rejected")
    async with checker(own.settings) as checks:
        await checks.reach(id_)
        hours = [await _pause(checks, id_) / 60 for _ in range(7)]
        for expected, hour in zip((1, 2, 4, 8, 16, 24, 24), hours, strict=True):
            assert expected * 0.75 < hour < expected * 1.4, hours
        cursor = await _cursor(mine)
        await checks.reach(id_)
        assert await kinds(mine, cursor) == []
        await change_at_stripe(own, key, "accepted")
        await checks.reach(id_)
    assert (await health(mine, id_))["health"]["state"] == "HEALTHY"
    assert await kinds(mine, cursor) == ["CREDENTIAL_STATUS_CHANGED", "INTEGRATION_STATUS_CHANGED"]
    assert (await mine.execute(INTEGRATION, id=integration["id"]))["integration"]["status"] == "ACTIVE"


async def test_a_connected_account_is_asked_about_with_its_token(mine: Client, own: RunningServer) -> None:
    credential = await connect(mine)
    id_, token = credential["id"], await token_of(mine, credential)
    async with checker(own.settings) as checks:
        await checks.reach(id_)
        assert (await health(mine, id_))["health"]["state"] == "HEALTHY"
        await change_at_stripe(own, token, "platformexpired")
        await checks.reach(id_)
        assert (await health(mine, id_))["status"] == "CONNECTED"
        await checks.reach(id_)
        found = await health(mine, id_)
        assert (found["status"], found["problem"]) == ("DISCONNECTED", "DEAUTHORIZED")
        assert (found["health"]["state"], found["health"]["nextCheckAt"]) == ("UNKNOWN", None)
        row = await Credential.get(id=id_)
        await checks.run(2 * INTERVAL, step=HOUR)
        assert await Credential.get(id=id_) == row
        assert (await Credential.get(id=id_)).checked_at == row.checked_at, "there is nothing to ask with"


async def test_a_row_that_was_never_checked_is_due(mine: Client, own: RunningServer) -> None:
    id_ = (await add_credential(mine))["id"]
    async with checker(own.settings) as checks:
        never = datetime.fromisoformat("1970-01-01T00:00:00Z")
        await move(id_, checked_at=None, verified_at=None, next_check_at=never)
        assert (await health(mine, id_))["health"]["state"] == "UNKNOWN"
        await checks.reach(id_)
    assert (await health(mine, id_))["health"]["state"] == "HEALTHY"


async def test_another_key_resets_the_schedule(mine: Client, own: RunningServer, key: str) -> None:
    id_ = (await add_credential(mine, key=key))["id"]
    await change_at_stripe(own, key, "rejected")
    async with checker(own.settings) as checks:
        await checks.reach(id_)
        await checks.reach(id_)
        await mine.result(UPDATE_CREDENTIAL, input={"id": id_, "secretKey": secret_key()})
        row = await Credential.get(id=id_)
        assert row.checked_at is not None
        assert (row.refused_at, row.failing_since) == (None, None)
        assert row.next_check_at - row.checked_at > HOUR
    assert (await health(mine, id_))["health"]["state"] == "HEALTHY"


async def test_a_verification_needs_one_refusal_and_finds_a_recovery(
    mine: Client, own: RunningServer, key: str
) -> None:
    id_ = (await add_credential(mine, key=key))["id"]
    for behaviour, status in (("rejected", "DISCONNECTED"), ("accepted", "CONNECTED")):
        await change_at_stripe(own, key, behaviour)
        verified = await mine.result(VERIFY_CREDENTIAL, input={"id": id_})
        assert verified["credential"]["status"] == status


@pytest.fixture
async def off(tmp_path: Path, engine: str) -> AsyncIterator[RunningServer]:  # noqa: ARG001 - its database
    with running_server(tmp_path, VERIFY_INTERVAL_HOURS="0") as running:
        yield running


async def test_zero_hours_switch_the_checks_off(off: RunningServer) -> None:
    client = (await new_tenant(off)).client
    id_ = (await add_credential(client))["id"]
    async with checker(off.settings) as checks:
        row = await Credential.get(id=id_)
        await checks.run(INTERVAL, step=HOUR)
        assert (await Credential.get(id=id_)).checked_at == row.checked_at
    found = (await health(client, id_))["health"]
    assert (found["state"], found["nextCheckAt"]) == ("HEALTHY", None)
