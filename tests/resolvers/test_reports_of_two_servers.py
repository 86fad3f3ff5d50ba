"""Partners report a failure to two servers with one database: one of them asks Stripe, and both answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models import Scope
from models.querying import claim_check
from startup.database import open_database
from tests.support.actions import add_integration, kinds
from tests.support.client import Client
from tests.support.documents import REPORT_FAILURE
from tests.support.gate import Gate, open_gate
from tests.support.organizations import Tenant, new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import change_at_stripe

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_PATH = "/v1/account"
_EACH = 20
_ORDINARY = "{ viewer { name } }"


class _Pair:
    """Two servers, which ask the first one's sandbox through a gate, and a partner of each."""

    def __init__(self, gate: Gate, tenant: Tenant, partners: list[Client]) -> None:
        self.gate = gate
        self.tenant = tenant
        self._partners = partners

    async def report(self, server: int, integration: dict[str, Any]) -> list[dict[str, Any]]:
        """Reports a failure to one of the servers, many times at once."""
        client, given = self._partners[server], {"integrationId": integration["id"]}
        return await asyncio.gather(*(client.result(REPORT_FAILURE, input=given) for _ in range(_EACH)))

    async def settled(self, server: int) -> None:
        """Waits until a server has begun what it was sent before: it serves its requests in turn."""
        for _ in range(_EACH):
            await self._partners[server].execute(_ORDINARY)


@pytest.fixture
async def pair(engine: str, tmp_path: Path) -> AsyncIterator[_Pair]:  # noqa: ARG001 - on each database
    async with AsyncExitStack() as stack:
        gate = await stack.enter_async_context(open_gate())
        first = stack.enter_context(running_server(tmp_path, **gate.settings))
        shared = {"DATA_DIR": str(tmp_path), "STRIPE_API_BASE": gate.settings["STRIPE_API_BASE"]}
        second = stack.enter_context(running_server(tmp_path / "second", **shared))
        tenant = await new_tenant(first)
        yield _Pair(gate, tenant, [await _partner(tenant, server) for server in (first, second)])


async def _partner(tenant: Tenant, server: RunningServer) -> Client:
    return replace(await tenant.client_with(Scope.REVEAL_SECRETS), address=server.address)


@pytest.mark.parametrize(
    ("behaviour", "status", "events"),
    [
        ("rejected", "NEEDS_ATTENTION", ["CREDENTIAL_STATUS_CHANGED", "INTEGRATION_STATUS_CHANGED"]),
        ("accepted", "ACTIVE", []),
        ("unavailable", None, []),
    ],
)
async def test_one_of_them_asks_and_both_answer(
    pair: _Pair, behaviour: str, status: str | None, events: list[str]
) -> None:
    key = secret_key()
    integration = await add_integration(pair.tenant.client, authentication={"secretKey": key})
    await change_at_stripe(pair.tenant.server, key, behaviour)
    before = await kinds(pair.tenant.client)
    with pair.gate.holding(_PATH) as hold:
        reporting = [asyncio.create_task(pair.report(server, integration)) for server in (0, 1)]
        await hold.arrival()
        for server in (0, 1):
            await pair.settled(server)
        hold.open()
        results = [result for each in await asyncio.gather(*reporting) for result in each]
        assert hold.waiting == 1
    assert {result["integration"]["status"] if "integration" in result else None for result in results} == {status}
    assert (await kinds(pair.tenant.client))[len(before) :] == events


async def test_a_report_waits_for_a_claim_until_it_ends_by_itself(pair: _Pair) -> None:
    """As when a process was killed while it asked Stripe."""
    key = secret_key()
    integration = await add_integration(pair.tenant.client, authentication={"secretKey": key})
    await change_at_stripe(pair.tenant.server, key, "rejected")
    async with open_database(pair.tenant.server.settings):
        now = datetime.now(UTC)
        assert await claim_check(integration["credential"]["id"], now, until=now + timedelta(seconds=3))
        results = await pair.report(1, integration)
    assert datetime.now(UTC) >= now + timedelta(seconds=3)
    assert {result["integration"]["status"] for result in results} == {"NEEDS_ATTENTION"}
