"""Writers against readers: a response is never older than a write acknowledged before it, nor than its own cursor.

A reveal grows the log alone: it moves no revision.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.databases import in_use, use
from tests.support.documents import EVENTS, REVEAL_SECRET, UPDATE_INTEGRATION
from tests.support.metrics import read_figures
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.postgres import own_postgres
from tests.support.servers import RunningServer, running_server

pytestmark = pytest.mark.slow

_READERS = 6  # per server
_CHANGES = 60
# During a pause nothing changes, so responses come from the cache.
_PAUSE = 0.02
_NAME = "query ($id: ID!) { integration(id: $id) { name } }"
_READS = 2_000
_LIST_AND_CURSOR = "{ integrations { nodes { name } } eventCursor }"
_LIST = "{ integrations { nodes { name } } }"
_REVEALED = "{ events(filter: {kinds: [SECRET_REVEALED]}) { totalCount } }"
_REVEALED_AND_LIST = "{ events(filter: {kinds: [SECRET_REVEALED]}) { totalCount } integrations { nodes { name } } }"


@pytest.fixture(params=["sqlite", "postgres"])
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[RunningServer]]:
    """One server on SQLite, or two on one PostgreSQL database; writes go to the first."""
    before = in_use()
    use(None)
    if request.param == "sqlite":
        with running_server(tmp_path) as only:
            yield [only]
    else:
        with own_postgres() as postgres, running_server(tmp_path, DATABASE_URL=postgres.url("shared")) as first:
            shared = {"DATABASE_URL": postgres.url("shared"), "DATA_DIR": str(tmp_path)}
            with running_server(tmp_path / "second", STRIPE_API_BASE=f"{first.address}/sandbox", **shared) as second:
                yield [first, second]
    use(before)


class _Race:
    """A counter in a name: `acknowledged` is the last number that the server has acknowledged."""

    def __init__(self, id_: str, headers: dict[str, str]) -> None:
        self._id = id_
        self._headers = headers
        self.acknowledged = 0

    async def write(self, server: RunningServer) -> None:
        async with self._http(server) as http:
            while self.acknowledged < _CHANGES:
                renamed = {"id": self._id, "name": str(self.acknowledged + 1)}
                answer = await http.post(
                    "/graphql", json={"query": UPDATE_INTEGRATION, "variables": {"input": renamed}}
                )
                assert answer.json()["data"]["updateIntegration"]["integration"]["name"] == renamed["name"]
                self.acknowledged += 1
                await asyncio.sleep(_PAUSE)

    async def read_on(self, server: RunningServer, query: str) -> None:
        variables = {"id": self._id} if query == _NAME else {}
        async with self._http(server) as http:
            while self.acknowledged < _CHANGES:
                before = self.acknowledged
                data = (await http.post("/graphql", json={"query": query, "variables": variables})).json()["data"]
                (integration,) = [data["integration"]] if query == _NAME else data["integrations"]["nodes"]
                assert int(integration["name"]) >= before

    def _http(self, server: RunningServer) -> httpx.AsyncClient:
        return plain_client(base_url=server.address, headers=self._headers)


async def test_no_reader_sees_less_than_was_acknowledged_before_it_asked(servers: list[RunningServer]) -> None:
    client = (await new_tenant(servers[0])).client
    race = _Race((await add_integration(client, "0"))["id"], client.headers())
    readers = [
        race.read_on(server, query) for server in servers for query in (_NAME, _LIST) for _ in range(_READERS // 2)
    ]
    await asyncio.gather(race.write(servers[0]), *readers)
    for server in servers:
        assert (await read_figures(server)).of("repeated_answers_total") > 0


class _Reveals:
    """Reveals a secret while readers count the reveals."""

    def __init__(self, id_: str, client: Client) -> None:
        self._client = client
        self._input = {"integrationId": id_, "reason": "test"}
        self.acknowledged = 0

    async def write(self) -> None:
        while self.acknowledged < _CHANGES:
            await self._client.result(REVEAL_SECRET, input=self._input)
            self.acknowledged += 1
            await asyncio.sleep(_PAUSE)

    async def read_on(self, server: RunningServer, query: str) -> None:
        client = Client(server.address, self._client.token)
        while self.acknowledged < _CHANGES:
            before = self.acknowledged
            assert (await client.execute(query))["events"]["totalCount"] >= before


async def test_no_reader_sees_fewer_reveals_than_were_acknowledged(servers: list[RunningServer]) -> None:
    client = (await new_tenant(servers[0])).client
    race = _Reveals((await add_integration(client, "0"))["id"], client)
    readers = [
        race.read_on(server, query)
        for server in servers
        for query in (_REVEALED, _REVEALED_AND_LIST)
        for _ in range(_READERS // 2)
    ]
    await asyncio.gather(race.write(), *readers)
    for server in servers:
        assert (await read_figures(server)).of("repeated_answers_total") > 0


class _Gaps:
    """Reads a list with a cursor, while a writer renames its only row to the number of the change."""

    def __init__(self, id_: str, headers: dict[str, str]) -> None:
        self._id = id_
        self._headers = headers
        self.seen: list[tuple[str, int]] = []  # cursors, with the number that the list showed

    async def write(self, server: RunningServer) -> None:
        number = 0
        async with self._http(server) as http:
            while len(self.seen) < _READS:
                number += 1
                variables = {"input": {"id": self._id, "name": str(number)}}
                await http.post("/graphql", json={"query": UPDATE_INTEGRATION, "variables": variables})

    async def read_on(self, server: RunningServer) -> None:
        async with self._http(server) as http:
            while len(self.seen) < _READS:
                data = (await http.post("/graphql", json={"query": _LIST_AND_CURSOR})).json()["data"]
                (integration,) = data["integrations"]["nodes"]
                self.seen.append((data["eventCursor"], int(integration["name"])))

    def _http(self, server: RunningServer) -> httpx.AsyncClient:
        return plain_client(base_url=server.address, headers=self._headers)


async def test_no_change_is_in_neither_the_list_nor_the_events_after_its_cursor(servers: list[RunningServer]) -> None:
    client = (await new_tenant(servers[0])).client
    race = _Gaps((await add_integration(client, "0"))["id"], client.headers())
    readers = [race.read_on(server) for server in servers for _ in range(_READERS)]
    await asyncio.gather(race.write(servers[0]), *readers)
    written, cursor = dict[str, int](), None
    while (page := await client.result(EVENTS, first=100, after=cursor))["nodes"]:
        cursor = page["nodes"][-1]["cursor"]
        written |= {event["cursor"]: int(event["name"]) for event in page["nodes"] if event["name"].isdecimal()}
    gaps = [(cursor, shown) for cursor, shown in race.seen if written[cursor] > shown]
    assert gaps == []
    assert len({shown for _, shown in race.seen}) > 10, "the writer was not concurrent"
