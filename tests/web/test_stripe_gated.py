"""No transaction is open while a mutation waits for Stripe: nothing is locked, and other clients do not wait."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from tests.support.actions import add_integration, state
from tests.support.databases import ask, opened
from tests.support.documents import CREDENTIALS, ISSUE_TOKEN, UPDATE_CREDENTIAL, UPDATE_INTEGRATION
from tests.support.gate import Gate
from tests.support.idempotency import REPLAYED, Keyed, result
from tests.support.mutations import ASKING, CARRIED_OUT_AGAIN, MUTATIONS
from tests.support.organizations import new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.waiting import until

_IN_TRANSACTION = """SELECT state, query FROM pg_stat_activity
    WHERE datname = current_database() AND state LIKE 'idle in transaction%'"""
# Less than the server's Stripe timeout.
_SECONDS = 30.0


async def assert_no_transaction_is_open(server: RunningServer) -> None:
    """Asserts that no transaction is open; on SQLite, that another one can begin."""
    if server.settings.database.postgres_url is not None:
        async with opened(server.settings):
            await until(_nothing_is_open, _SECONDS)  # a daemon may be at work
        return
    path = server.settings.database.sqlite_path
    with closing(sqlite3.connect(path, timeout=_SECONDS, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


async def _nothing_is_open() -> bool:
    return await ask(_IN_TRANSACTION) == []


@pytest.mark.parametrize("case", ASKING)
async def test_no_transaction_is_open_while_a_mutation_with_a_key_waits_for_stripe(
    gated: RunningServer, gate: Gate, case: str
) -> None:
    mutation, path, prepare = ASKING[case]
    client = (await new_tenant(gated)).client
    request = Keyed(MUTATIONS[mutation][0], await prepare(client))
    with gate.holding(path) as hold:
        waiting = asyncio.create_task(request.send(client))
        await hold.arrival()
        await assert_no_transaction_is_open(gated)
        async with asyncio.timeout(_SECONDS):
            meanwhile = await client.result(ISSUE_TOKEN, input={"name": "Meanwhile", "scopes": ["READ"]})
        assert meanwhile["__typename"] == "IssueTokenSuccess"
        assert not waiting.done()
    first = await waiting
    assert result(first)["__typename"].endswith("Success")
    after = await state(client)
    again = await request.send(client)
    assert (REPLAYED in again.headers) == (mutation not in CARRIED_OUT_AGAIN)
    if mutation not in CARRIED_OUT_AGAIN:
        assert again.content == first.content
        assert await state(client) == after


async def test_a_key_that_is_replaced_while_stripe_checks_another_one_stays(gated: RunningServer, gate: Gate) -> None:
    client = (await new_tenant(gated)).client
    one = await add_integration(client, "One")
    two = await add_integration(client, "Two", authentication={"credentialId": one["credential"]["id"]})
    mine = {"id": two["id"], "expectedVersion": two["version"], "authentication": {"secretKey": secret_key()}}
    key = secret_key()
    with gate.holding("/v1/account") as hold:
        waiting = asyncio.create_task(client.result(UPDATE_INTEGRATION, input=mine))
        await hold.arrival()
        with gate.holding("no later call"):
            await client.result(UPDATE_CREDENTIAL, input={"id": one["credential"]["id"], "secretKey": key})
    assert (await waiting)["__typename"] == "StaleVersionError"
    (credential,) = (await client.result(CREDENTIALS))["nodes"]
    assert (credential["maskedSecret"][-4:], credential["secretVersion"]) == (key[-4:], 2)
