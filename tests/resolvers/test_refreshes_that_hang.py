"""While Stripe answers no refresh, everything else is answered: who waits holds no connection and no lock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from adapters.vault import Vault
from kit.secret import Secret
from models import AuthenticationMethod, Credential, Integration, StripeAuthFlow
from resolvers.context import utc_now
from resolvers.credentials.sealing import refresh_token_context, secret_context
from startup.database import open_database
from startup.services import create_services
from tests.support.actions import add_integration
from tests.support.apps import REVEAL, install
from tests.support.client import Client
from tests.support.documents import CREDENTIALS
from tests.support.refreshing import TOKEN_PATH, World, world_in
from tests.support.rows import connected_credential, integration_using
from tests.support.secrecy import keep

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

# More than the database's pool has connections, and than the HTTP client opens.
_GRANTS = 150
_HANG = {"STRIPE_TIMEOUT_SECONDS": "60", "DATABASE_TIMEOUT_SECONDS": "60"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_in(tmp_path, **_HANG) as world, open_database(world.server.settings):
        yield world


def _sealed_token(vault: Vault, row: Credential) -> str:
    return vault.seal(Secret(keep(f"rk_test_app{row.id[-20:]}")), secret_context(row))


async def _grants(world: World) -> list[str]:
    """Stores grants whose tokens have ended; returns the integrations that use them."""
    vault = create_services(world.server.settings).vault
    known = await Credential.all().first()
    assert known is not None
    credentials = []
    for number in range(_GRANTS):
        row = connected_credential(known.organization_id, f"hangs {number}", partial(_sealed_token, vault))
        row.method, row.flow, row.masked_secret = AuthenticationMethod.OAUTH, StripeAuthFlow.STRIPE_APP, None
        row.account_id, row.account_known = "acct_1SandboxOther", True
        row.sealed_refresh_token = vault.seal(Secret(keep(f"rt_ThatHangs{number:04}")), refresh_token_context(row))
        row.access_expires_at = utc_now() - timedelta(seconds=1)
        credentials.append(row)
    integrations = [integration_using(row) for row in credentials]
    await Credential.bulk_create(credentials)
    await Integration.bulk_create(integrations)
    return [integration.id for integration in integrations]


async def _claimed() -> list[str]:
    """The integrations whose tokens a server is refreshing."""
    claimed = Integration.filter(credential__refresh_claimed_until__not_isnull=True)
    return [str(id_) for id_ in await claimed.values_list("id", flat=True)]


async def _reveal(client: Client, integration_id: str) -> str:
    result = await client.result(REVEAL, input={"integrationId": integration_id, "reason": "test"})
    return str(result["__typename"])


async def test_other_requests_of_the_organization_are_answered_while_stripe_hangs(world: World) -> None:
    installed = await install(world.partner)
    ids = await _grants(world)
    with ExitStack() as stack, world.gate.holding(TOKEN_PATH) as hold:
        _, other = world.another(stack, **_HANG)
        refreshing = [asyncio.create_task(_reveal(other, id_)) for id_ in ids]
        await hold.arrival(50)
        waiting = [asyncio.create_task(_reveal(world.partner, id_)) for id_ in await _claimed()]
        for client in (other, world.partner):
            assert (await client.result(CREDENTIALS))["totalCount"] == _GRANTS + 1
            assert (await installed.reveal(client))["__typename"] == "RevealSecretSuccess"
        await add_integration(other, "Meanwhile")
        assert len(waiting) >= 50
        assert not [task for task in (*refreshing, *waiting) if task.done()], "Stripe has answered none of them"
        hold.open()
        results = await asyncio.gather(*refreshing, *waiting)
    assert set(results) == {"CredentialNotConnectedError"}, "these refresh tokens are Stripe's no more"
