"""A thousand subscribers of one organization on one server: their queries to PostgreSQL, and their events."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from tests.support.actions import add_integration
from tests.support.client import Client, Socket
from tests.support.documents import EVENT_CURSOR, UPDATE_INTEGRATION
from tests.support.organizations import new_tenant
from tests.support.postgres import Postgres, own_postgres
from tests.support.servers import running_server

_SOCKETS, _EACH, _CHANGES = 20, 50, 5
_FOLLOW = "subscription ($after: String) { events(after: $after) { cursor } }"
_LOOKS = "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'events'"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server for this test alone."""
    with own_postgres() as running:
        yield running


@asynccontextmanager
async def _subscribed(client: Client, sockets: int, each: int) -> AsyncIterator[list[Socket]]:
    """Opens sockets with several subscriptions each, from now on."""
    start = (await client.execute(EVENT_CURSOR))["eventCursor"]
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(client.socket()) for _ in range(sockets)]
        for socket in opened:
            for _ in range(each):
                await socket.subscribe(_FOLLOW, after=start)
        yield opened


async def _pushed(socket: Socket, count: int) -> dict[str, list[str]]:
    """The cursors that each subscription of a socket pushes, by its id."""
    pushed: dict[str, list[str]] = {}
    for _ in range(count):
        message = await socket.receive()
        pushed.setdefault(message["id"], []).append(message["payload"]["data"]["events"]["cursor"])
    return pushed


async def _follow(folder: Path, url: str, sockets: int, each: int) -> int:
    """Counts the reads of the log while every subscriber receives a few changes."""
    with running_server(folder, DATABASE_URL=url) as server:
        client = (await new_tenant(server)).client
        integration = await add_integration(client)
        async with _subscribed(client, sockets, each) as opened:
            taking = asyncio.gather(*(_pushed(socket, each * _CHANGES) for socket in opened))
            for number in range(_CHANGES):
                await client.result(UPDATE_INTEGRATION, input={"id": integration["id"], "name": f"Renamed {number}"})
            logs = [log for pushed in await taking for log in pushed.values()]
    assert len(logs) == sockets * each
    assert all(log == logs[0] for log in logs)
    assert len(set(logs[0])) == _CHANGES
    return await _looks(url)


async def _looks(url: str) -> int:
    """Counts the reads of the log. Connections report them at their end, and the server's have ended."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(_LOOKS))
    finally:
        await connection.close()


async def test_a_thousand_subscribers_get_each_event_and_look_at_the_log_as_often_as_one(
    postgres: Postgres, tmp_path: Path
) -> None:
    one = await _follow(tmp_path / "one", postgres.url("one"), 1, 1)
    thousand = await _follow(tmp_path / "thousand", postgres.url("thousand"), _SOCKETS, _EACH)
    assert one >= _CHANGES, "else it is not looks that were counted"
    assert thousand <= one + 10
