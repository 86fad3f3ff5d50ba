"""Kills a server at random moments during writes and subscriptions, and restarts it."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from operator import gt
from pathlib import Path
from types import MappingProxyType

from kit.uninterrupted import uninterrupted
from tests.crash.comparison import Discrepancy, Stored, changes, stream
from tests.crash.followers import Follower
from tests.crash.storage import start_of_log, stored
from tests.crash.writers import Writer
from tests.support.organizations import Tenant, new_tenant
from tests.support.ports import own_port
from tests.support.servers import SERVER, RunningServer, running_server
from tests.support.waiting import PATIENCE, until

_WRITERS = 8
_FOLLOWERS = 3
_LIFE_SECONDS = (0.2, 1.0)
# The time for the followers to reach the log's end, and then for a duplicate event to arrive.
_END_SECONDS = PATIENCE
_QUIET_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Story:
    """The history of a run: as writers and followers recorded it, and as the server stored and logged it."""

    writers: Sequence[Writer]
    followers: Sequence[Follower]
    stored: Stored
    log: str

    def discrepancies(self) -> Iterator[Discrepancy]:
        """Yields the discrepancies between the records."""
        acknowledged = chain.from_iterable(writer.acknowledged for writer in self.writers)
        refused = [refusal for writer in self.writers for refusal in writer.refused]
        yield from changes(acknowledged, refused, self.stored)
        for follower in self.followers:
            yield from stream(follower.told, follower.refused, self.stored.log)


class Lives:
    """The successive processes of one server, with the same port and the same data; `stack` ends the last one."""

    def __init__(self, stack: ExitStack, folder: Path, program: Sequence[str], settings: Mapping[str, str]) -> None:
        self._stack = stack
        self._run = partial(running_server, folder, program, PORT=str(own_port()), **settings)
        self._lives: list[RunningServer] = []

    async def begin(self) -> RunningServer:
        """Returns the server when it accepts requests; writers and followers continue while it starts."""
        await uninterrupted(asyncio.to_thread(self._begin))
        return self._lives[-1]

    def _begin(self) -> None:
        self._lives.append(self._stack.enter_context(self._run()))


class Crowd:
    """The writers and followers of one organization."""

    def __init__(self, writers: Sequence[Writer], followers: Sequence[Follower]) -> None:
        self.writers = writers
        self.followers = followers
        self._enough = asyncio.Event()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Runs them until the context exits; a failure of one ends the others and the context."""
        async with asyncio.TaskGroup() as tasks:
            self._writing = [tasks.create_task(writer.write(self._enough)) for writer in self.writers]
            following = [tasks.create_task(follower.follow()) for follower in self.followers]
            yield
            for task in following:
                task.cancel()

    async def progress(self) -> None:
        """Returns when another change has been acknowledged, and every follower has received another event."""
        acknowledged, told = self._acknowledged, self._told
        await self._until(lambda: self._acknowledged > acknowledged and all(map(gt, self._told, told)))

    async def telling(self) -> None:
        """Returns as soon as a follower has received another event, which must be committed by then."""
        told = self._told
        await self._until(lambda: self._told != told)

    @property
    def _acknowledged(self) -> int:
        return sum(len(writer.acknowledged) for writer in self.writers)

    @property
    def _told(self) -> list[int]:
        return [len(follower.told) for follower in self.followers]

    async def _until(self, happened: Callable[[], bool]) -> None:
        """Returns when the condition holds, or when a refusal may make it impossible."""
        refusals = [writer.refused for writer in self.writers] + [follower.refused for follower in self.followers]
        await until(lambda: happened() or any(refusals))

    async def finish(self) -> None:
        """Stops the writers; each completes its current change."""
        self._enough.set()
        await asyncio.wait(self._writing)

    async def settle(self, cursor: str) -> None:
        """Waits until all followers reach the log's end or the time is over, and then briefly for unexpected events."""
        with suppress(TimeoutError):  # the comparison reports missing events
            async with asyncio.timeout(_END_SECONDS):
                await until(lambda: all(follower.reached(cursor) for follower in self.followers))
        await asyncio.sleep(_QUIET_SECONDS)


async def crash(
    folder: Path,
    kills: int,
    seed: int,
    program: Sequence[str] = SERVER,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Story:
    """Kills and restarts a server this often during writes and subscriptions; returns the history."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    with ExitStack() as stack:
        lives = Lives(stack, folder, program, settings)
        server = await lives.begin()
        tenant = await new_tenant(server)
        crowd = await _crowd(tenant, seed)
        async with crowd.working():
            for number in range(kills):
                await crowd.progress()
                await asyncio.sleep(chance.uniform(*_LIFE_SECONDS))
                if number % 2 == 0:
                    await crowd.telling()
                server.kill()
                server = await lives.begin()
            await crowd.progress()
            await asyncio.sleep(chance.uniform(*_LIFE_SECONDS))
            await crowd.finish()
            end = await stored(server.settings, tenant.name)
            await crowd.settle(end.log[-1].cursor)
    return Story(crowd.writers, crowd.followers, end, server.log.read_text())


async def _crowd(tenant: Tenant, seed: int) -> Crowd:
    """Creates the writers and followers of an organization; the first follower is fickle."""
    start = await start_of_log(tenant.server.settings, tenant.name)
    fickle = random.Random(seed)  # noqa: S311 - not a secret
    writers = [Writer(tenant.client, number, seed) for number in range(1, _WRITERS + 1)]
    followers = [Follower(tenant.client, start, None if number else fickle) for number in range(_FOLLOWERS)]
    return Crowd(writers, followers)
