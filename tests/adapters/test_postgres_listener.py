"""Processes push each other's writes to PostgreSQL immediately; without LISTEN, after polling."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from adapters.notifier import POLL_SECONDS, Notifier
from adapters.postgres import listener as postgres_bell
from adapters.postgres.listener import listen_notify
from models import ActorKind, Event, EventKind, Organization
from models.migrations import migrate
from resolvers.context import utc_now
from resolvers.events.tail import Tails
from startup.database import postgres_arguments
from tests.support.actions import add_integration
from tests.support.client import Client, Socket
from tests.support.databases import opened, settings_in
from tests.support.documents import EVENT_CURSOR, EVENTS, FOLLOW, UPDATE_INTEGRATION
from tests.support.organizations import new_tenant
from tests.support.ports import own_port
from tests.support.postgres import Postgres, own_postgres
from tests.support.servers import RunningServer, running_server
from tests.support.waiting import PATIENCE, until

# Without notifications, an event waits for the next poll, up to a second. A prompt event takes less than this, plus a
# multiple of the local delay, which depends on the speed of the machine.
_PROMPT, _TIMES = 0.5, 10


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server whose connections the test may terminate."""
    with own_postgres() as running:
        yield running


@pytest.fixture(scope="module")
def servers(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningServer, RunningServer]]:
    """Two servers with one database. The first has the sandbox."""
    folder, shared = tmp_path_factory.mktemp("notifier"), {"DATABASE_URL": postgres.url("notifier")}
    with running_server(folder / "first", **shared) as first:
        shared |= {"DATA_DIR": str(folder / "first"), "STRIPE_API_BASE": f"{first.address}/sandbox"}
        with running_server(folder / "second", **shared) as second:
            yield first, second


@pytest.fixture
async def clients(servers: tuple[RunningServer, RunningServer]) -> tuple[Client, Client]:
    """A client of the first server, and the same client of the second."""
    writer = (await new_tenant(servers[0])).client
    return writer, replace(writer, address=servers[1].address)


@asynccontextmanager
async def _following(client: Client) -> AsyncIterator[Socket]:
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=(await client.execute(EVENT_CURSOR))["eventCursor"])
        yield socket


async def _delays(writer: Client, socket: Socket, integration: dict[str, Any], count: int) -> list[float]:
    """Measures the delay from the acknowledgement of each rename to its event."""
    delays = []
    for number in range(count):
        await writer.result(UPDATE_INTEGRATION, input={"id": integration["id"], "name": f"Renamed {number}"})
        acknowledged = time.monotonic()
        assert (await socket.next())["events"]["name"] == f"Renamed {number}"
        delays.append(time.monotonic() - acknowledged)
    return delays


async def _is_prompt(writer: Client, reader: Client, integration: dict[str, Any]) -> bool:
    """Whether a server pushes another's writes about as fast as the writer itself."""
    async with _following(writer) as socket:
        at_home = median(await _delays(writer, socket, integration, 10))
    async with _following(reader) as socket:
        elsewhere = median(await _delays(writer, socket, integration, 10))
    return elsewhere < _PROMPT + _TIMES * at_home


async def test_what_one_server_writes_the_other_pushes_at_once(clients: tuple[Client, Client]) -> None:
    integration = await add_integration(clients[0])
    assert await _is_prompt(*clients, integration)


async def _succeeds(writer: Client, given: dict[str, Any]) -> bool:
    return "errors" not in (await writer.post(UPDATE_INTEGRATION, input=given)).json()


async def test_after_its_connections_were_ended_nothing_is_missing_and_promptness_comes_back(
    clients: tuple[Client, Client], postgres: Postgres
) -> None:
    writer, reader = clients
    integration = await add_integration(writer)
    start = (await writer.execute(EVENT_CURSOR))["eventCursor"]
    async with _following(reader) as socket:
        for number in range(3):
            await asyncio.to_thread(postgres.terminate_connections)
            given = {"id": integration["id"], "name": f"Again {number}"}
            await until(partial(_succeeds, writer, given))
        log = (await writer.result(EVENTS, after=start, first=10))["nodes"]
        pushed = [(await socket.receive())["payload"]["data"]["events"]["cursor"] for _ in log]
        assert pushed == [event["cursor"] for event in log]
    await until(partial(_is_prompt, writer, reader, integration))


async def _grow(organization: Organization, position: int) -> None:
    """Appends an event without a notification."""
    await Event.create(
        organization_id=organization.id,
        position=position,
        kind=EventKind.TOKEN_ISSUED,
        subject="token_",
        name="x",
        actor="x",
        actor_kind=ActorKind.SYSTEM,
        occurred_at=utc_now(),
    )
    await Organization.filter(id=organization.id).update(position=position)


async def test_while_nothing_can_be_listened_to_followers_are_served_by_looking(
    postgres: Postgres, tmp_path: Path
) -> None:
    notifier, nowhere = Notifier(), f"postgres://nobody@127.0.0.1:{own_port()}/nothing"
    async with opened(settings_in(tmp_path, DATABASE_URL=postgres.url("looking"))):
        await migrate()
        organization = await Organization.create(name="a", created_at=utc_now())
        async with listen_notify(notifier, {"dsn": nowhere}):
            tail = Tails(notifier).join(organization)
            for position in range(1, 4):
                await _grow(organization, position)
                assert notifier.poll_seconds == POLL_SECONDS
                async with asyncio.timeout(PATIENCE):
                    await tail.longer_than(position - 1)
                    assert tail.position == position


async def _until(notifier: Notifier, *, patient: bool) -> None:
    """Waits until the notifier is reliable, or unreliable."""
    await until(lambda: (notifier.poll_seconds > POLL_SECONDS) is patient)


@pytest.fixture
def nervous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens the interval of the connection checks."""
    monkeypatch.setattr(postgres_bell, "_HEARTBEAT_SECONDS", 0.2)


@pytest.mark.usefixtures("nervous")
@pytest.mark.parametrize("harm", [Postgres.kill, Postgres.pause])
async def test_a_server_that_is_gone_or_hangs_makes_those_who_listen_look_until_it_is_back(
    postgres: Postgres, tmp_path: Path, harm: Callable[[Postgres], None]
) -> None:
    notifier = Notifier()
    arguments = postgres_arguments(settings_in(tmp_path, DATABASE_URL=postgres.url("hanging")).database)
    async with listen_notify(notifier, arguments | {"timeout": 1}):
        await _until(notifier, patient=True)
        rung = notifier.missed()
        harm(postgres)
        await _until(notifier, patient=False)
        assert rung.is_set(), "whoever waits has to look at once, and be less patient from then on"
        postgres.resume()
        await asyncio.to_thread(postgres.start)
        await _until(notifier, patient=True)
