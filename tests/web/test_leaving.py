"""Clients that disconnect early: mutations run to their end, and nothing stays open or locked."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from tests.support.actions import add_credential, history, kinds
from tests.support.client import Client
from tests.support.databases import ask, opened
from tests.support.documents import CREATE_CREDENTIAL, CREDENTIALS, FOLLOW, INTEGRATIONS
from tests.support.gate import Gate
from tests.support.leaving import WAYS, connection, head
from tests.support.mutations import ASKING, MUTATIONS
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.waiting import PATIENCE, until

pytestmark = pytest.mark.slow

# More mutations than reads.
_DOCUMENTS = [CREATE_CREDENTIAL, CREDENTIALS, CREATE_CREDENTIAL, FOLLOW, CREATE_CREDENTIAL]
_CONNECTED = "SELECT pid, xact_start FROM pg_stat_activity WHERE datname = current_database()"
_IDLE = f"{_CONNECTED} AND state LIKE 'idle in transaction%'"


@pytest.fixture
def quiet_gated(gated: RunningServer) -> Iterator[RunningServer]:
    """The gated server; fails if it logs an error or a traceback."""
    begin = len(gated.log.read_text())
    yield gated
    logged = gated.log.read_text()[begin:]
    assert "ERROR" not in logged, logged
    assert "Traceback" not in logged, logged


async def outcome(client: Client) -> dict[str, Any]:
    """An organization's content, without ids and times."""
    credentials = (await client.result(CREDENTIALS))["nodes"]
    integrations = (await client.result(INTEGRATIONS))["nodes"]
    return {
        "kinds": await kinds(client),
        "credentials": [(row["name"], row["status"], row["problem"], row["account"]) for row in credentials],
        "integrations": [(row["name"], row["status"], row["credential"]["name"]) for row in integrations],
    }


async def _becomes(client: Client, expected: dict[str, Any]) -> None:
    """Waits until the organization has the expected content."""
    with suppress(TimeoutError):  # the comparison shows the difference
        await until(partial(_has, client, expected))
    assert await outcome(client) == expected


async def _has(client: Client, expected: dict[str, Any]) -> bool:
    return await outcome(client) == expected


async def stayed(server: RunningServer, case: str) -> dict[str, Any]:
    """The outcome of a mutation whose client waits for the response."""
    mutation, _, prepare = ASKING[case]
    client = (await new_tenant(server)).client
    result = await client.result(MUTATIONS[mutation][0], input=await prepare(client))
    assert result["__typename"].endswith("Success")
    return await outcome(client)


@pytest.mark.parametrize(
    ("case", "way"),
    [
        *((case, way) for case in ASKING for way in ("http", "close")),
        ("createIntegration", "complete"),
        ("completeStripeAuth, code", "vanish"),
    ],
)
async def test_a_mutation_whose_client_leaves_while_it_waits_for_stripe_is_carried_out_to_the_end(
    quiet_gated: RunningServer, gate: Gate, case: str, way: str
) -> None:
    mutation, path, prepare = ASKING[case]
    expected = await stayed(quiet_gated, case)
    client = (await new_tenant(quiet_gated)).client
    given = await prepare(client)
    with gate.holding(path) as hold:
        async with WAYS[way](client, MUTATIONS[mutation][0], {"input": given}) as leave:
            await hold.arrival()
            await leave()
    await _becomes(client, expected)


async def _leave(client: Client, number: int) -> None:
    """Disconnects at a moment, in a manner and from a document that `number` determines."""
    document = _DOCUMENTS[number % len(_DOCUMENTS)]
    given = {"input": {"name": f"Left {number}", "secretKey": secret_key()}}
    variables = given if document is CREATE_CREDENTIAL else {}
    way = list(WAYS.values())[number % len(WAYS)]
    async with way(client, document, variables) as leave:
        await asyncio.sleep(random.Random(number).uniform(0, 0.3))  # noqa: S311 - not a secret
        await leave()


async def _serves_all_at_once(client: Client) -> None:
    """Thirty concurrent changes: with an unreleased lock they would hang or fail."""
    async with asyncio.timeout(PATIENCE):
        names = [f"Stayed {number}" for number in range(30)]
        await asyncio.gather(*(add_credential(client, name) for name in names))


async def assert_rows_and_events_agree(client: Client) -> None:
    rows = (await client.result(CREDENTIALS, first=100))["nodes"]
    created = [event["name"] for event in await history(client) if event["kind"] == "CREDENTIAL_CREATED"]
    assert sorted(created) == sorted(row["name"] for row in rows)
    assert {row["account"]["name"] for row in rows} == {"Sandbox Business"}


async def assert_nothing_is_left_open(server: RunningServer) -> None:
    """Asserts that transactions end, and not because PostgreSQL closes an idle connection."""
    if server.settings.database.postgres_url is not None:
        async with opened(server.settings):
            begun = {(row["pid"], row["xact_start"]) for row in await ask(_IDLE)}
            await until(partial(_ended, begun))
            assert {pid for pid, _ in begun} <= {row["pid"] for row in await ask(_CONNECTED)}


async def _ended(begun: set[tuple[int, datetime]]) -> bool:
    return not begun & {(row["pid"], row["xact_start"]) for row in await ask(_IDLE)}


@pytest.mark.usefixtures("quiet")
async def test_many_clients_that_leave_at_any_moment_keep_nobody_from_being_served(tenant: Tenant) -> None:
    await asyncio.gather(*(_leave(tenant.client, number) for number in range(40)))
    await assert_nothing_is_left_open(tenant.server)
    await _serves_all_at_once(tenant.client)
    await assert_rows_and_events_agree(tenant.client)


@pytest.mark.usefixtures("quiet")
async def test_a_client_that_leaves_before_it_has_sent_all_is_no_error(client: Client) -> None:
    for sent in (b"", b"{", b'{"query": "{ viewer'):
        async with connection(client) as writer:
            writer.write(head(client, 1000) + sent)
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.transport.abort()
    await _serves_all_at_once(client)
