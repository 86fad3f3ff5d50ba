"""A query that takes too long is ended and told so; a mutation is not, and a subscription may last."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from tests.support.documents import CREATE_INTEGRATION, FOLLOW, INTEGRATIONS
from tests.support.organizations import new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import running_server

pytestmark = pytest.mark.usefixtures("sqlite")


async def test_a_query_is_ended_and_a_mutation_is_not(tmp_path: Path) -> None:
    with running_server(tmp_path, QUERY_TIMEOUT_SECONDS="0.3") as server:
        client = (await new_tenant(server)).client
        async with client.socket() as changing, client.socket() as asking, client.socket() as following:
            await following.subscribe(FOLLOW)
            other = sqlite3.connect(server.settings.database_path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")  # so that the mutation waits for its turn, and the query behind it
            request = {"name": "Billing", "authentication": {"secretKey": secret_key()}}
            await changing.subscribe(CREATE_INTEGRATION, input=request)
            await asyncio.sleep(1)
            await asking.subscribe(INTEGRATIONS)
            message = await asking.receive()
            errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
            assert [error["extensions"]["code"] for error in errors] == ["TIMEOUT"]
            other.execute("ROLLBACK")
            other.close()
            assert (await changing.next())["createIntegration"]["integration"]["name"] == "Billing"
            assert (await following.next())["events"]["name"] == "Billing"
        assert (await client.result(INTEGRATIONS))["totalCount"] == 1
        assert "Traceback" not in server.log.read_text()
