"""Kills a server at random moments among writers and subscribers, and starts it again."""

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
# How long it may take the followers to come to the log's end, and to be told of something twice.
_END_SECONDS = PATIENCE
_QUIET_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Story:
    """What has happened, as all sides know it."""

    writers: Sequence[Writer]
    followers: Sequence[Follower]
    stored: Stored
    log: str

    def discrepancies(self) -> Iterator[Discrepancy]:
        """What the sides do not agree on."""
        acknowledged = chain.from_iterable(writer.acknowledged for writer in self.writers)
        refused = [refusal for writer in self.writers for refusal in writer.refused]
        yield from changes(acknowledged, refused, self.stored)
        for follower in self.followers:
            yield from stream(follower.told, follower.refused, self.stored.log)


class Lives:
    """The lives of one server: each at the same port, with the same data."""

    def __init__(self, stack: ExitStack, folder: Path, program: Sequence[str], settings: Mapping[str, str]) -> None:
        """Takes what ends the last life, and what is started each time."""
        self._stack = stack
        self._run = partial(running_server, folder, program, PORT=str(own_port()), **settings)
        self._lives: list[RunningServer] = []

    async def begin(self) -> RunningServer:
        """The server, once it answers; it starts while writers and followers go on."""
        await uninterrupted(asyncio.to_thread(self._begin))
        return self._lives[-1]

    def _begin(self) -> None:
        self._lives.append(self._stack.enter_context(self._run()))


class Crowd:
    """Writers and followers of one organization, at work for as long as the context lasts."""

    def __init__(self, writers: Sequence[Writer], followers: Sequence[Follower]) -> None:
        """Takes those who are to work."""
        self.writers = writers
        self.followers = followers
        self._enough = asyncio.Event()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """What fails in one of them ends the others, and the context."""
        async with asyncio.TaskGroup() as tasks:
            self._writing = [tasks.create_task(writer.write(self._enough)) for writer in self.writers]
            following = [tasks.create_task(follower.follow()) for follower in self.followers]
            yield
            for task in following:
                task.cancel()

    async def progress(self) -> None:
        """Returns when something more has been acknowledged, and all followers have been told of more."""
        acknowledged, told = self._acknowledged, self._told
        await self._until(lambda: self._acknowledged > acknowledged and all(map(gt, self._told, told)))

    async def telling(self) -> None:
        """Returns just when a follower has been told of more: by then it has to be committed."""
        told = self._told
        await self._until(lambda: self._told != told)

    @property
    def _acknowledged(self) -> int:
        return sum(len(writer.acknowledged) for writer in self.writers)

    @property
    def _told(self) -> list[int]:
        return [len(follower.told) for follower in self.followers]

    async def _until(self, happened: Callable[[], bool]) -> None:
        """Returns when it has, or when it may not any more because somebody was refused to go on."""
        refusals = [writer.refused for writer in self.writers] + [follower.refused for follower in self.followers]
        await until(lambda: happened() or any(refusals))

    async def finish(self) -> None:
        """Returns when each writer has made the change that it is at."""
        self._enough.set()
        await asyncio.wait(self._writing)

    async def settle(self, cursor: str) -> None:
        """Returns when all followers are at the log's end, or should be, and have been told no more for a moment."""
        with suppress(TimeoutError):  # the comparison says what is missing
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
    """What has happened after so many kills, and a life after them."""
    chance = random.Random(seed)  # noqa: S311 - no secret
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
    """Those who work in an organization: the first of those who follow is fickle."""
    start = await start_of_log(tenant.server.settings, tenant.name)
    fickle = random.Random(seed)  # noqa: S311 - no secret
    writers = [Writer(tenant.client, number, seed) for number in range(1, _WRITERS + 1)]
    followers = [Follower(tenant.client, start, None if number else fickle) for number in range(_FOLLOWERS)]
    return Crowd(writers, followers)
