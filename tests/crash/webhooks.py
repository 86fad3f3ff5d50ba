"""Receivers of webhooks, and servers that are killed while they deliver to them."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from kit.uninterrupted import uninterrupted
from models import WebhookDelivery, WebhookDeliveryOutcome
from resolvers.events.read import event_cursor
from settings import Settings
from startup.database import open_database
from tests.crash.comparison import Discrepancy, Kind
from tests.crash.storage import stored
from tests.crash.writers import Writer
from tests.support.actions import add_endpoint
from tests.support.client import Client
from tests.support.databases import database_variables
from tests.support.organizations import new_tenant
from tests.support.ports import own_port
from tests.support.receivers import Received, responding, running_receiver
from tests.support.servers import SERVER, RunningServer, running_server
from tests.support.waiting import PATIENCE, until

_WRITERS = 3
_LIFE_SECONDS = (0.0, 0.6)
# Endpoints of a killed process wait for twice this time.
_SETTINGS = {"WEBHOOK_TIMEOUT_SECONDS": "1.5"}
_READ_SECONDS = 0.2
# A failure delays an endpoint by five seconds, and another one with the same event by five minutes. Each endpoint fails
# early, and then rarely, but never twice with one event.
_FAILS_AT, _FAILS = 5, 0.004
_PAUSES = (0.0, 0.02, 0.1)
_END_SECONDS = 5 * PATIENCE


class Span(NamedTuple):
    """The time of a kill, until the receivers have read the requests that were in their sockets."""

    begin: float
    end: float


@dataclass(slots=True)
class Endpoint:
    """A receiver that sometimes fails, and the requests that it has accepted and refused, with their cursors."""

    random: random.Random
    pause: float
    id: str = ""
    start: str = ""
    secret: str = ""
    requests: list[tuple[str, float, bool]] = field(default_factory=list)

    async def respond(self, received: Received, writer: asyncio.StreamWriter) -> None:
        cursor = str(received.verified_by(self.secret)["data"]["cursor"])
        refused = {before for before, _, accepted in self.requests if not accepted}
        fails = len(self.requests) == _FAILS_AT or self.random.random() < _FAILS
        accepted = cursor in refused or not fails
        self.requests.append((cursor, received.at, accepted))
        status = "204 No Content" if accepted else "500 Internal Server Error"
        await responding(status, seconds=self.random.uniform(0, self.pause))(received, writer)

    @property
    def accepted(self) -> set[str]:
        return {cursor for cursor, _, accepted in self.requests if accepted}

    def discrepancies(self, log: Sequence[str], kills: Sequence[Span], failed: Counter[str]) -> Iterator[Discrepancy]:
        """Compares the requests with the log after the endpoint's creation.

        A request may repeat the one before it: if it was refused or timed out, which its server has recorded, or if a
        server was killed between the two.
        """
        wanted = log[log.index(self.start) + 1 :] if self.start in log else log
        places = {cursor: place for place, cursor in enumerate(wanted)}
        if missing := [cursor for cursor in wanted if cursor not in self.accepted]:
            yield Discrepancy(Kind.SKIPPED, missing)
        if invented := [cursor for cursor, _, _ in self.requests if cursor not in places]:
            yield Discrepancy(Kind.INVENTED, invented)
        known = [(places[cursor], at) for cursor, at, _ in self.requests if cursor in places]
        if late := [
            (before, after) for (before, _), (after, _) in pairwise(known) if after not in (before, before + 1)
        ]:
            yield Discrepancy(Kind.DISORDERED, late)
        again = [
            wanted[after]
            for (before, began), (after, at) in pairwise(known)
            if before == after and not any(began <= kill.end and kill.begin <= at for kill in kills)
        ]
        if unexplained := Counter(again) - failed:
            yield Discrepancy(Kind.DOUBLED, unexplained)


@dataclass(frozen=True, slots=True)
class DeliveryStory:
    """The history of a run."""

    endpoints: Sequence[Endpoint]
    log: Sequence[str]
    kills: Sequence[Span]
    failed: Mapping[str, Counter[str]]

    def discrepancies(self) -> list[Discrepancy]:
        return [
            each
            for endpoint in self.endpoints
            for each in endpoint.discrepancies(self.log, self.kills, self.failed[endpoint.id])
        ]

    @property
    def repeated(self) -> int:
        """How many requests were repeated, because a server was killed or a receiver has failed."""
        return sum(len(each.requests) - len({cursor for cursor, _, _ in each.requests}) for each in self.endpoints)


class Fleet:
    """Servers with one database, which are killed in turn. The first one's sandbox and address serve all."""

    def __init__(self, stack: ExitStack, folder: Path, program: Sequence[str], count: int) -> None:
        self._stack = stack
        self._servers: dict[int, RunningServer] = {}
        port = str(own_port())
        shared = {"DATA_DIR": str(folder), **database_variables(folder), **_SETTINGS}
        sandbox = {"STRIPE_API_BASE": f"http://127.0.0.1:{port}/sandbox"}
        self._runs = [partial(running_server, folder, program, PORT=port, **shared)]
        self._runs += [
            partial(running_server, folder / str(number), program, **shared, **sandbox) for number in range(1, count)
        ]

    async def begin(self) -> RunningServer:
        for number in range(len(self._runs)):
            await self._start(number)
        return self._servers[0]

    async def kill(self, number: int) -> Span:
        """Kills a server and starts it again; returns the time of the kill."""
        number %= len(self._servers)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await uninterrupted(asyncio.to_thread(self._servers[number].kill))
        await asyncio.sleep(_READ_SECONDS)
        ended = loop.time()
        await self._start(number)
        return Span(began, ended)

    async def _start(self, number: int) -> None:
        await uninterrupted(asyncio.to_thread(self._run, number))

    def _run(self, number: int) -> None:
        self._servers[number] = self._stack.enter_context(self._runs[number]())


async def crash_deliveries(
    folder: Path, kills: int, seed: int, program: Sequence[str] = SERVER, servers: int = 1
) -> DeliveryStory:
    """Kills servers this often while they deliver; returns the history."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    killed = list[Span]()
    with ExitStack() as stack:
        fleet = Fleet(stack, folder, program, servers)
        server = await fleet.begin()
        tenant = await new_tenant(server)
        async with _endpoints(tenant.client, seed) as endpoints:
            async with _writing(tenant.client, seed):
                for number in range(kills):
                    await _progress(endpoints)
                    await asyncio.sleep(chance.uniform(*_LIFE_SECONDS))
                    killed.append(await fleet.kill(number))
                await _progress(endpoints)
            log = [told.cursor for told in (await stored(server.settings, tenant.name)).log]
            with suppress(TimeoutError):  # the comparison reports missing events
                await until(lambda: all(log[-1] in endpoint.accepted for endpoint in endpoints), _END_SECONDS)
        failed = await _failed(server.settings)
    return DeliveryStory(endpoints, log, killed, {each.id: failed.get(each.id, Counter()) for each in endpoints})


@asynccontextmanager
async def _endpoints(client: Client, seed: int) -> AsyncIterator[list[Endpoint]]:
    """Endpoints at receivers that are ever slower."""
    async with AsyncExitStack() as stack:
        endpoints = list[Endpoint]()
        for pause in _PAUSES:
            endpoint = Endpoint(random.Random(f"{seed} {pause}"), pause)  # noqa: S311 - not a secret
            receiver = await stack.enter_async_context(running_receiver(endpoint.respond))
            made = await add_endpoint(client, url=receiver.url())
            endpoint.id, endpoint.start, endpoint.secret = made["id"], made["cursor"], made["secret"]
            endpoints.append(endpoint)
        yield endpoints


@asynccontextmanager
async def _writing(client: Client, seed: int) -> AsyncIterator[None]:
    """Writes until the context exits."""
    enough = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for number in range(1, _WRITERS + 1):
            tasks.create_task(Writer(client, number, seed).write(enough))
        yield
        enough.set()


async def _progress(endpoints: Sequence[Endpoint]) -> None:
    """Returns once an endpoint has received another request."""
    before = sum(len(endpoint.requests) for endpoint in endpoints)
    await until(lambda: sum(len(endpoint.requests) for endpoint in endpoints) > before)


async def _failed(settings: Settings) -> dict[str, Counter[str]]:
    """The cursors of recorded failures by endpoint."""
    found = defaultdict[str, Counter[str]](Counter)
    async with open_database(settings):
        for row in await WebhookDelivery.exclude(outcome=WebhookDeliveryOutcome.DELIVERED):
            found[row.endpoint_id][event_cursor(row.organization_id, row.position)] += 1
    return found
