"""Two servers write to one PostgreSQL database, and a subscriber of each receives all events."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crash.comparison import stream
from tests.crash.followers import Follower
from tests.crash.storage import start_of_log, stored
from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.postgres import own_postgres
from tests.support.servers import RunningServer, running_server
from tests.support.waiting import PATIENCE, until

_WRITERS = 8
_REQUESTS = 30
_SWITCHES = 10
_SECONDS = PATIENCE
# A request makes several changes, each in its own transaction, because an HTTP request takes longer than a change.
_SWITCH = "mutation ($on: SetIntegrationActiveInput!, $off: SetIntegrationActiveInput!) {{ {} }}".format(
    "".join(
        f"switch{number}: setIntegrationActive(input: ${'on' if number % 2 else 'off'}) {{ __typename }} "
        for number in range(_SWITCHES)
    )
)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[RunningServer, RunningServer]]:
    """Two servers with one database; the second uses the first one's keys and sandbox."""
    with own_postgres() as postgres, running_server(tmp_path, DATABASE_URL=postgres.url("shared")) as first:
        shared = {"DATABASE_URL": postgres.url("shared"), "DATA_DIR": str(tmp_path)}
        with running_server(tmp_path / "second", STRIPE_API_BASE=f"{first.address}/sandbox", **shared) as second:
            yield first, second


async def test_subscribers_of_both_are_told_of_every_event_once_and_in_order(
    servers: tuple[RunningServer, RunningServer],
) -> None:
    tenant = await new_tenant(servers[0])
    clients = [replace(tenant.client, address=server.address) for server in servers]
    start = await start_of_log(servers[0].settings, tenant.name)
    followers = [Follower(client, start) for client in clients]
    following = [asyncio.create_task(follower.follow()) for follower in followers]
    await asyncio.gather(*(write(clients[number % 2], f"Integration {number}") for number in range(_WRITERS)))
    end = await stored(servers[0].settings, tenant.name)
    assert end.positions == list(range(1, 1 + 2 * _WRITERS + _WRITERS * _REQUESTS * _SWITCHES + 1))
    async with asyncio.timeout(_SECONDS):
        await until(lambda: all(follower.reached(end.log[-1].cursor) for follower in followers))
    for task in following:
        task.cancel()
    assert [stream(follower.told, follower.refused, end.log) for follower in followers] == [[], []]
    assert [follower.connections for follower in followers] == [1, 1]


async def write(client: Client, name: str) -> None:
    """Switches an integration off and on again, repeatedly."""
    id_ = (await add_integration(client, name))["id"]
    async with plain_client(base_url=client.address, headers=client.headers(), timeout=_SECONDS) as http:
        variables = {"on": {"id": id_, "active": True}, "off": {"id": id_, "active": False}}
        for _ in range(_REQUESTS):
            answer = (await http.post("/graphql", json={"query": _SWITCH, "variables": variables})).json()
            switched = [result["__typename"] for result in answer["data"].values()]
            assert switched == ["SetIntegrationActiveSuccess"] * _SWITCHES, answer
