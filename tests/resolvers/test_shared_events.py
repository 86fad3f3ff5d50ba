"""Equal subscriptions share one execution per event; each different one has its own."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from models import Scope
from tests.resolvers.test_events import cursor_now
from tests.support.actions import add_integration, history
from tests.support.client import Client, Socket
from tests.support.documents import FOLLOW, ISSUE_TOKEN, UPDATE_INTEGRATION
from tests.support.organizations import Tenant, new_tenant
from tests.support.postgres import Postgres, own_postgres
from tests.support.secrecy import keep
from tests.support.servers import RunningServer, running_server

_CHANGES, _MANY = 5, 50
_LOOKS = "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'credentials'"
_LOADING = """subscription ($after: String) { events(after: $after) {
    cursor ... on IntegrationEvent { integration { name credential { name } } } } }"""
_TOKENS = "subscription ($after: String) { events(after: $after) { ... on TokenEvent { name token { name } } } }"
_NAMES = """subscription ($after: String, $filter: EventFilter, $named: Boolean!) {
    events(after: $after, filter: $filter) { cursor ... on IntegrationEvent { name @include(if: $named) } } }"""


@asynccontextmanager
async def _subscribed(client: Client, count: int, document: str, **variables: object) -> AsyncIterator[list[Socket]]:
    """Opens sockets with the same subscription, from now on."""
    after = await cursor_now(client)
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(client.socket()) for _ in range(count)]
        for socket in sockets:
            await socket.subscribe(document, **{"after": after, **variables})
        yield sockets


async def _rename(client: Client, integration: dict[str, Any], *names: str) -> None:
    for name in names:
        given = {"id": integration["id"], "name": name}
        assert (await client.result(UPDATE_INTEGRATION, input=given))["__typename"] == "UpdateIntegrationSuccess"


async def _take(socket: Socket, count: int) -> list[dict[str, Any]]:
    return [(await socket.next())["events"] for _ in range(count)]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server for this test alone."""
    with own_postgres() as running:
        yield running


async def _looks(folder: Path, url: str, count: int) -> int:
    """Counts the reads of credentials while subscribers receive a few changes with their credentials."""
    with running_server(folder, DATABASE_URL=url) as server:
        client = (await new_tenant(server)).client
        integration = await add_integration(client)
        async with _subscribed(client, count, _LOADING) as sockets:
            for number in range(_CHANGES):
                await _rename(client, integration, name := f"Renamed {number}")
                events = [event for socket in sockets for event in await _take(socket, 1)]
                assert all(event == events[0] for event in events)
                assert events[0]["integration"]["name"] == name
    connection = await asyncpg.connect(url)  # the server's connections told when they ended
    try:
        return int(await connection.fetchval(_LOOKS))
    finally:
        await connection.close()


async def test_fifty_subscribers_have_rows_loaded_as_often_as_one(postgres: Postgres, tmp_path: Path) -> None:
    one = await _looks(tmp_path / "one", postgres.url("one"), 1)
    fifty = await _looks(tmp_path / "fifty", postgres.url("fifty"), _MANY)
    assert one >= _CHANGES, "else it is not these looks that were counted"
    assert fifty < one + _MANY, "for each of them it would be so many more with each change"


async def test_who_may_not_see_tokens_does_not_see_them_beside_somebody_who_may(tenant: Tenant) -> None:
    reader = await tenant.client_with(Scope.READ)
    manager = await tenant.client_with(Scope.READ, Scope.MANAGE_TOKENS)
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(client.socket()) for client in (reader, manager) * 3]
        after = await cursor_now(tenant.client)
        for socket in sockets:
            await socket.subscribe(_TOKENS, after=after)
        issued = await tenant.client.result(ISSUE_TOKEN, input={"name": "Partner", "scopes": ["READ"]})
        keep(issued["secret"])
        told = [(await socket.receive())["payload"] for socket in sockets]
    for refused, seen in zip(told[::2], told[1::2], strict=True):
        assert refused["data"]["events"] == {"name": "Partner", "token": None}
        assert refused["errors"][0]["extensions"] == {"code": "FORBIDDEN", "requiredScope": "MANAGE_TOKENS"}
        assert seen == {"data": {"events": {"name": "Partner", "token": {"name": "Partner"}}}}


async def test_organizations_share_nothing(client: Client, server: RunningServer) -> None:
    other = (await new_tenant(server)).client
    async with _subscribed(client, 2, FOLLOW) as mine, _subscribed(other, 2, FOLLOW) as theirs:
        await asyncio.gather(add_integration(client, "Mine"), add_integration(other, "Theirs"))
        names = [[event["name"] for event in await _take(socket, 2)] for socket in (*mine, *theirs)]
    assert names == [["Mine", "Mine"]] * 2 + [["Theirs", "Theirs"]] * 2


async def test_subscribers_are_told_what_their_own_variables_ask_for(client: Client) -> None:
    one, two = [await add_integration(client, name) for name in ("One", "Two")]
    filters = [{"subject": one["id"]}, {"subject": two["id"]}, None]
    asked = [{"filter": wanted, "named": named} for wanted in filters for named in (True, False)]
    async with AsyncExitStack() as stack:
        sockets = [(await stack.enter_async_context(_subscribed(client, 1, _NAMES, **each)))[0] for each in asked]
        await _rename(client, one, "First")
        await _rename(client, two, "Second")
        counts = [1, 1, 1, 1, 2, 2]
        told = [
            [event.get("name") for event in await _take(socket, count)]
            for socket, count in zip(sockets, counts, strict=True)
        ]
    assert told == [["First"], [None], ["Second"], [None], ["First", "Second"], [None, None]]


async def test_who_replays_sees_rows_as_they_are_now(client: Client) -> None:
    start, integration = await cursor_now(client), await add_integration(client, "Before")
    async with _subscribed(client, 1, _LOADING, after=start) as (early,):
        first = await _take(early, 2)
        await _rename(client, integration, "After")
        async with _subscribed(client, 1, _LOADING, after=start) as (late,):
            second = await _take(late, 3)
        third = await _take(early, 1)
    assert [event["integration"]["name"] for event in (first[1], *second[1:], *third)] == ["Before"] + ["After"] * 3
    assert [event["cursor"] for event in first + third] == [event["cursor"] for event in second]


async def test_some_leave_in_the_middle_and_the_others_miss_nothing(client: Client) -> None:
    integration, start = await add_integration(client), await cursor_now(client)
    names = [f"Renamed {number}" for number in range(20)]
    async with _subscribed(client, 10, _LOADING) as staying, _subscribed(client, 10, _LOADING) as leaving:
        taking = asyncio.gather(*(_take(socket, len(names)) for socket in staying))
        renaming = asyncio.create_task(_rename(client, integration, *names))
        for socket in leaving:
            await socket.next()
            socket.connection.transport.abort()
        await renaming
        told = [[event["cursor"] for event in events] for events in await taking]
    assert told == [[event["cursor"] for event in await history(client, start)]] * len(staying)
