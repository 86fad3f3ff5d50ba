"""A slow query gets a TIMEOUT error; mutations and subscriptions have no timeout."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from startup.database import connected
from tests.support.actions import add_integration
from tests.support.databases import ask, in_use, use
from tests.support.documents import CREATE_INTEGRATION, EVENT_CURSOR, FOLLOW, INTEGRATIONS
from tests.support.organizations import new_tenant
from tests.support.postgres import running_postgres
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server with a short query timeout, on PostgreSQL because its tables can be locked."""
    before = in_use()
    with running_postgres() as postgres:
        use(postgres)
        with running_server(tmp_path, QUERY_TIMEOUT_SECONDS="2") as running:
            yield running
        use(before)


async def test_a_query_is_ended_and_a_mutation_is_not(server: RunningServer) -> None:
    client = (await new_tenant(server)).client
    assert server.settings.database.postgres_url
    other = await asyncpg.connect(server.settings.database.postgres_url.reveal())
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=(await client.execute(EVENT_CURSOR))["eventCursor"])
        await other.execute("BEGIN; LOCK TABLE integrations IN ACCESS EXCLUSIVE MODE")
        request = {"name": "Billing", "authentication": {"secretKey": secret_key()}}
        changing = asyncio.create_task(client.result(CREATE_INTEGRATION, input=request))
        answer = (await client.post(INTEGRATIONS)).json()
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["TIMEOUT"]
        await socket.subscribe(INTEGRATIONS)
        message = await socket.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "TIMEOUT")
        assert not changing.done(), "it has taken longer than the two queries, one after the other"
        await other.close()
        assert (await changing)["integration"]["name"] == "Billing"
        assert (await socket.next())["events"]["name"] == "Billing"
    assert (await client.result(INTEGRATIONS))["totalCount"] == 1
    assert "Traceback" not in server.log.read_text()


# Counts for minutes, before the first row.
_SLOW_VIEW = """CREATE VIEW integrations AS SELECT * FROM integrations_gone WHERE id <> (
    SELECT CAST(COUNT(*) AS TEXT) FROM (
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT i FROM n) AS n)"""


@pytest.mark.usefixtures("engine")
async def test_a_slow_read_is_ended_alike_on_both_databases(tmp_path: Path) -> None:
    with running_server(tmp_path, DATABASE_TIMEOUT_SECONDS="0.5", QUERY_TIMEOUT_SECONDS="60") as server:
        client = (await new_tenant(server)).client
        await add_integration(client)
        async with connected(server.settings):
            await ask("ALTER TABLE integrations RENAME TO integrations_gone")
            await ask(_SLOW_VIEW)
        answer = (await client.post(INTEGRATIONS)).json()
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["TIMEOUT"]
        assert await client.result("{ credentials { totalCount } }") == {"totalCount": 1}
        assert " ERROR " not in server.log.read_text()
