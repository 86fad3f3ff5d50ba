"""An account that is connected again while its access is withdrawn stays connected."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models import StripeAuth, StripeAuthStatus, Withdrawal
from startup.database import open_database
from tests.resolvers.test_reconnecting import is_connected
from tests.support.client import Client
from tests.support.documents import COMPLETE, DELETE_CREDENTIAL
from tests.support.gate import Gate, open_gate
from tests.support.oauth import complete
from tests.support.organizations import new_tenant
from tests.support.servers import RunningServer, running_server
from tests.support.waiting import until
from tests.test_stripe_unavailable import approved, settings_for

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_ACCOUNT = "acct_1SandboxDrawbridge"


@dataclass(frozen=True, slots=True)
class _Setting:
    """A server behind a gate, and another one that acts as Stripe."""

    folder: Path
    stripe: RunningServer
    gate: Gate

    @contextmanager
    def running(self) -> Iterator[RunningServer]:
        behind = {"STRIPE_API_BASE": f"{self.gate.address}/sandbox", "STRIPE_TIMEOUT_SECONDS": "60"}
        with running_server(self.folder, **(settings_for(self.stripe) | behind)) as server:
            yield server

    async def connected(self, client: Client) -> dict[str, Any]:
        """The input for deleting a credential with access to the account."""
        result = await complete(client, await approved(client, self.stripe))
        return {"id": result["credential"]["id"]}

    async def approved_again(self, client: Client) -> dict[str, Any]:
        """The input for connecting the same account with another credential."""
        return await approved(client, self.stripe, name="Again")

    async def is_connected(self, client: Client) -> bool:
        return await is_connected(replace(client, address=self.stripe.address), _ACCOUNT)


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[_Setting]:
    with running_server(tmp_path / "stripe") as stripe:
        async with open_gate(stripe.address) as gate:
            yield _Setting(tmp_path / "own", stripe, gate)


async def test_access_is_not_withdrawn_while_a_code_is_exchanged(setting: _Setting) -> None:
    with setting.running() as server:
        client = (await new_tenant(server)).client
        deletion, given = await setting.connected(client), await setting.approved_again(client)
        with setting.gate.holding("/oauth/token", answered=True) as hold:
            completing = asyncio.create_task(client.result(COMPLETE, input=given))
            await hold.arrival()
            message = (await client.result(DELETE_CREDENTIAL, input=deletion))["message"]
            assert message.endswith(f"Access to {_ACCOUNT} will be withdrawn later.")
        assert (await completing)["credential"]["status"] == "CONNECTED"
        async with open_database(server.settings):
            assert await Withdrawal.all().update(due_at=datetime.now(UTC)) == 1
    with setting.running() as server:
        async with open_database(server.settings):
            await until(_none_is_left)
        assert await setting.is_connected(client)


async def _none_is_left() -> bool:
    return not await Withdrawal.all().exists()


async def test_a_code_is_exchanged_after_the_withdrawal_that_is_under_way(setting: _Setting) -> None:
    with setting.running() as server:
        client = (await new_tenant(server)).client
        deletion, given = await setting.connected(client), await setting.approved_again(client)
        with setting.gate.holding("/oauth/deauthorize") as hold:
            deleting = asyncio.create_task(client.result(DELETE_CREDENTIAL, input=deletion))
            await hold.arrival()
            setting.gate.forwarded.clear()
            completing = asyncio.create_task(client.result(COMPLETE, input=given))
            async with open_database(server.settings):
                await until(StripeAuth.filter(status=StripeAuthStatus.CLAIMED).exists)
        assert (await deleting)["message"] == "Credential “Acme” has been deleted."
        assert (await completing)["credential"]["status"] == "CONNECTED"
        calls = [line.split()[1] for line in setting.gate.forwarded]
        assert calls[:2] == ["/sandbox/oauth/deauthorize", "/sandbox/oauth/token"]
        assert await setting.is_connected(client)
