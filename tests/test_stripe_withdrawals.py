"""Access that no credential uses ends at Stripe, even if Stripe, the database or the server fails meanwhile."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from models import Withdrawal
from startup.database import open_database
from tests.resolvers.test_reconnecting import is_connected
from tests.support.client import Client
from tests.support.databases import database_name, in_use
from tests.support.documents import COMPLETE, DELETE_CREDENTIAL
from tests.support.gate import Gate, open_gate
from tests.support.metrics import figures_when
from tests.support.oauth import complete, disconnect_at_stripe
from tests.support.organizations import new_tenant
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import platform_key
from tests.support.waiting import until
from tests.test_stripe_unavailable import approved, settings_for

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_ACCOUNT = "acct_1SandboxDrawbridge"
_LATER = f"Stripe could not be notified yet. Access to {_ACCOUNT} will be withdrawn later."


@pytest.fixture
def stripe(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that is used only for its sandbox."""
    with running_server(tmp_path / "stripe") as running:
        yield running


@dataclass(frozen=True, slots=True)
class _Own:
    """Starts the server under test, each time with the same data."""

    folder: Path
    stripe: RunningServer

    @contextmanager
    def running(self, **changes: str) -> Iterator[RunningServer]:
        with running_server(self.folder, **(settings_for(self.stripe) | changes)) as server:
            yield server

    async def connect(self, client: Client) -> dict[str, Any]:
        result = await complete(client, await approved(client, self.stripe))
        assert result["__typename"] == "CompleteStripeAuthSuccess", result
        return dict(result["credential"])

    async def is_connected(self, client: Client) -> bool:
        return await is_connected(replace(client, address=self.stripe.address), _ACCOUNT)


@pytest.fixture
def own(stripe: RunningServer, tmp_path: Path) -> _Own:
    return _Own(tmp_path / "own", stripe)


async def _delete(client: Client, credential: dict[str, Any]) -> str:
    return str((await client.result(DELETE_CREDENTIAL, input={"id": credential["id"]}))["message"])


async def _withdrawals(server: RunningServer, **changes: Any) -> list[Withdrawal]:
    """The pending withdrawals. Without waiting for hours, `changes` make them due."""
    async with open_database(server.settings):
        if changes:
            await Withdrawal.all().update(**changes)
        return await Withdrawal.all()


async def _none_left(server: RunningServer) -> bool:
    return await _withdrawals(server) == []


async def test_a_grant_of_the_other_mode_is_given_back(own: _Own) -> None:
    with own.running() as server:
        client = (await new_tenant(server)).client
        result = await complete(client, await approved(client, own.stripe, exchange="other mode"))
        assert result["reason"] == "MODE_MISMATCH"
        assert not await own.is_connected(client)
        assert await _withdrawals(server) == []


async def test_a_deletion_without_stripe_is_made_good_by_the_next_process(own: _Own) -> None:
    with own.running() as server:
        client = (await new_tenant(server)).client
        credential = await own.connect(client)
        async with platform_key(own.stripe, "unavailable"):
            assert (await _delete(client, credential)).endswith(_LATER)
        server.kill()
        (row,) = await _withdrawals(server, due_at=datetime.now(UTC))
        assert (row.account_id, row.attempts) == (_ACCOUNT, 1)
        assert row.sealed_token is not None
        assert row.sealed_token.startswith("v1.")
        assert await own.is_connected(client)
    with own.running() as server:
        await until(lambda: _none_left(server))
        assert not await own.is_connected(client)
        await figures_when(server, lambda now: now.of("stripe_withdrawals_total", outcome="done") == 1)


@pytest.fixture
async def gate(stripe: RunningServer) -> AsyncIterator[Gate]:
    async with open_gate(stripe.address) as running:
        yield running


async def test_a_kill_between_the_commit_and_the_call_only_delays_it(own: _Own, gate: Gate) -> None:
    behind = {"STRIPE_API_BASE": f"{gate.address}/sandbox"}
    with own.running(**behind) as server:
        client = (await new_tenant(server)).client
        credential = await own.connect(client)
        with gate.holding("/oauth/deauthorize") as hold:
            deleting = asyncio.create_task(client.post(DELETE_CREDENTIAL, input={"id": credential["id"]}))
            await hold.arrival()
            server.kill()
        await asyncio.wait({deleting})
        assert deleting.exception() is not None
        await _withdrawals(server, due_at=datetime.now(UTC))
    with own.running(**behind) as server:
        await until(lambda: _none_left(server))
        assert not await own.is_connected(client)


async def test_access_that_is_used_again_stays(own: _Own) -> None:
    with own.running() as server:
        client = (await new_tenant(server)).client
        credential = await own.connect(client)
        async with platform_key(own.stripe, "unavailable"):
            await _delete(client, credential)
        await own.connect(client)
        await _withdrawals(server, due_at=datetime.now(UTC))
    with own.running() as server:
        await until(lambda: _none_left(server))
        assert await own.is_connected(client)


async def test_a_wrong_platform_key_is_not_taken_for_an_end(own: _Own) -> None:
    with own.running() as server:
        client = (await new_tenant(server)).client
        credential = await own.connect(client)
        async with platform_key(own.stripe, "rejected"):
            assert (await _delete(client, credential)).endswith(_LATER)
        assert "cause=platform_key_refused call=POST /oauth/deauthorize" in server.log.read_text()
        assert len(await _withdrawals(server)) == 1


async def test_an_account_that_is_not_connected_needs_no_end(own: _Own) -> None:
    with own.running() as server:
        client = (await new_tenant(server)).client
        credential = await own.connect(client)
        await _disconnect_unnoticed(own.stripe)
        assert await _delete(client, credential) == "Credential “Acme” has been deleted."
        assert await _withdrawals(server) == []
        assert "platform_key_refused" not in server.log.read_text()


async def _disconnect_unnoticed(stripe: RunningServer) -> None:
    """Disconnects the account. The sandbox's webhook reaches its own server only."""
    client = (await new_tenant(stripe)).client
    await disconnect_at_stripe(client, _ACCOUNT)


async def test_attempts_end_with_a_line_for_the_operator(own: _Own) -> None:
    with own.running() as server:
        client = (await new_tenant(server)).client
        credential = await own.connect(client)
        async with platform_key(own.stripe, "unavailable"):
            await _delete(client, credential)
        await _withdrawals(server, due_at=datetime.now(UTC), attempts=19)
    async with platform_key(own.stripe, "unavailable"):
        with own.running() as server:
            await until(lambda: _none_left(server))
            await figures_when(server, lambda now: now.of("stripe_withdrawals_total", outcome="abandoned") == 1)
            assert f"Access to {_ACCOUNT} remains at Stripe." in server.log.read_text()


@asynccontextmanager
async def _locked(server: RunningServer, folder: Path) -> AsyncIterator[None]:
    """Locks the organizations for writers within the context, as an operator's open transaction does."""
    if (postgres := in_use()) is None:
        path = server.settings.database.sqlite_path
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
        return
    connection = await asyncpg.connect(postgres.url(database_name(folder)))
    try:
        async with connection.transaction():
            await connection.execute("SELECT id FROM organizations FOR UPDATE")
            yield
    finally:
        await connection.close()


async def test_a_grant_that_the_database_refuses_is_given_back_once_it_writes(own: _Own, gate: Gate) -> None:
    changes = {"STRIPE_API_BASE": f"{gate.address}/sandbox", "DATABASE_TIMEOUT_SECONDS": "2"}
    with own.running(**changes) as server:
        client = (await new_tenant(server)).client
        given = await approved(client, own.stripe)
        with gate.holding("/oauth/token") as hold:
            completing = asyncio.create_task(client.post(COMPLETE, input=given))
            await hold.arrival()
            async with _locked(server, own.folder):
                hold.open()
                response = await completing
        assert response.json()["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
        await figures_when(server, lambda now: now.of("stripe_withdrawals_total", outcome="done") == 1)
        assert not await own.is_connected(client)
        assert await _withdrawals(server) == []
