"""Incomplete credentials expire: one warning, one removal, and hidden by the clock even before the removal."""

import asyncio
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from models import Credential, Event, EventKind, Organization
from resolvers.credentials.expire import expire_due
from settings import Settings
from startup.database import open_database
from startup.services import create_services
from tests.support.actions import history
from tests.support.client import Client
from tests.support.documents import CREDENTIAL, CREDENTIALS, EVENT_CURSOR, FOLLOW
from tests.support.oauth import begin, complete, returned
from tests.support.organizations import new_tenant
from tests.support.rows import incomplete_credential
from tests.support.servers import RunningServer, running_server
from tests.support.settings import read_settings
from tests.support.waiting import PATIENCE, until

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:  # noqa: ARG001 - each database has its own
    """A server whose authorizations last two seconds."""
    with running_server(tmp_path_factory.mktemp("hasty"), STRIPE_AUTH_TTL_SECONDS="2") as running:
        yield running


@pytest.fixture
async def hurried(hasty: RunningServer) -> Client:
    return (await new_tenant(hasty)).client


async def test_ten_minutes_are_the_default(client: Client) -> None:
    before = datetime.now(UTC)
    expires_at = datetime.fromisoformat((await begin(client))["expiresAt"])
    assert before <= expires_at - timedelta(seconds=600) <= datetime.now(UTC)


async def test_a_credential_goes_when_its_time_is_up_and_all_are_told(hurried: Client) -> None:
    async with hurried.socket() as socket:
        cursor = (await hurried.execute(EVENT_CURSOR))["eventCursor"]
        await socket.subscribe(FOLLOW, after=cursor)
        begun = await begin(hurried)
        created, expiring, expired = [(await socket.next())["events"] for _ in range(3)]
    due = datetime.fromisoformat(begun["expiresAt"])
    assert [event["kind"] for event in (created, expiring, expired)] == [
        "CREDENTIAL_CREATED",
        "CREDENTIAL_EXPIRING",
        "CREDENTIAL_EXPIRED",
    ]
    assert (expired["actor"]["name"], expired["previousCredentialStatus"], expired["credentialStatus"]) == (
        "system",
        "INCOMPLETE",
        None,
    )
    assert datetime.fromisoformat(expired["occurredAt"]) >= due
    told = [begun["expiresAt"], begun["expiresAt"], None]
    assert [event["expiresAt"] for event in (created, expiring, expired)] == told
    assert (await hurried.result(CREDENTIALS))["nodes"] == []
    assert [event["kind"] for event in await history(hurried)] == [
        "CREDENTIAL_CREATED",
        "CREDENTIAL_EXPIRING",
        "CREDENTIAL_EXPIRED",
    ]


async def _time_passes(begun: dict[str, Any]) -> None:
    """Waits until an authorization has expired by the clock, which the server shares."""
    await asyncio.sleep((datetime.fromisoformat(begun["expiresAt"]) - datetime.now(UTC)).total_seconds())


async def _completed(client: Client) -> dict[str, Any]:
    """Returns a credential that was completed in time. A slow machine may need several attempts."""
    while True:
        completed = await complete(client, await returned(await begin(client)))
        if completed["__typename"] == "CompleteStripeAuthSuccess":
            return dict(completed["credential"])
        assert completed["reason"] == "EXPIRED"


async def _swept(client: Client) -> None:
    """Waits until the server has removed a credential that was due after all the others."""
    begun = await begin(client, "Due later")
    await until(partial(_is_gone, client, begun["credential"]["id"]))


async def _is_gone(client: Client, id_: str) -> bool:
    events = await history(client)
    return ("CREDENTIAL_EXPIRED", id_) in [(event["kind"], event["credentialId"]) for event in events]


async def test_who_comes_back_too_late_is_told_so(hurried: Client) -> None:
    begun = await begin(hurried)
    given = await returned(begun)
    await _time_passes(begun)
    assert (await complete(hurried, given))["reason"] == "EXPIRED"


async def test_a_name_is_free_again_afterwards(hurried: Client) -> None:
    first = await begin(hurried)
    await _time_passes(first)
    assert (await begin(hurried))["credential"]["id"] != first["credential"]["id"]


async def test_what_was_completed_in_time_stays(hurried: Client) -> None:
    credential = await _completed(hurried)
    await _swept(hurried)
    assert (await hurried.result(CREDENTIALS))["nodes"] == [credential]


async def test_what_is_connected_again_never_goes(hurried: Client) -> None:
    credential = await _completed(hurried)
    begun = await begin(hurried, credentialId=credential["id"])
    again = await returned(begun)
    await _time_passes(begun)
    assert (await complete(hurried, again))["reason"] == "EXPIRED"
    await _swept(hurried)
    assert (await hurried.execute(CREDENTIAL, id=credential["id"]))["credential"]["status"] == "CONNECTED"


async def due_credentials(settings: Settings, count: int, due: datetime) -> str:
    """An organization with incomplete credentials that are all due at once."""
    async with open_database(settings):
        organization = await Organization.create(name=f"Due {due.timestamp()}", created_at=due)
        await Credential.bulk_create(incomplete_credential(organization.id, number, due) for number in range(count))
        return str(organization.id)


def expire_in_a_process(data_dir: Path, due: datetime) -> None:
    settings = read_settings({"DRAWBRIDGE_DATA_DIR": str(data_dir)})

    async def run() -> None:
        async with open_database(settings):
            await expire_due(create_services(settings), due)

    asyncio.run(run())


async def test_two_processes_that_expire_two_hundred_append_two_hundred_events(tmp_path: Path) -> None:
    settings, due = read_settings({"DRAWBRIDGE_DATA_DIR": str(tmp_path)}), datetime.now(UTC)
    organization = await due_credentials(settings, 200, due)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=expire_in_a_process, args=(tmp_path, due)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        await asyncio.to_thread(process.join, PATIENCE)
    async with open_database(settings):
        events = await Event.filter(organization_id=organization).order_by("position")
        left = await Credential.all().count()
    assert left == 0
    assert Counter(event.kind for event in events) == {EventKind.CREDENTIAL_EXPIRED: 200}
    assert [event.position for event in events] == list(range(1, 201))
    assert len({event.subject for event in events}) == 200
