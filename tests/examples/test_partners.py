"""The example programs behave as docs/partners.md describes, as processes with a running server and the sandbox."""

import asyncio
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.actions import add_integration, history
from tests.support.apps import app_settings, install
from tests.support.client import Client
from tests.support.documents import SET_ACTIVE, UPDATE_CREDENTIAL, UPDATE_INTEGRATION
from tests.support.oauth import connect, disconnect_at_stripe
from tests.support.organizations import Tenant, new_tenant
from tests.support.partners import PROGRAMS, partner, partner_token
from tests.support.ports import own_port
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import change_at_stripe
from tests.support.waiting import until

pytestmark = pytest.mark.parametrize("program", PROGRAMS)
_FOLLOWED = {"INTEGRATION_UPDATED", "INTEGRATION_STATUS_CHANGED", "INTEGRATION_DELETED", "CREDENTIAL_SECRET_REPLACED"}
_REVOKE = "mutation ($id: ID!) { revokeToken(input: {id: $id}) { __typename } }"
_NEWEST_TOKEN = "{ tokens(first: 1) { nodes { id } } }"


@pytest.fixture
async def tenant(shared: RunningServer) -> Tenant:
    return await new_tenant(shared)


async def replace_key(client: Client, integration: dict[str, Any]) -> None:
    given = {"id": integration["credential"]["id"], "secretKey": secret_key()}
    result = await client.result(UPDATE_CREDENTIAL, input=given)
    assert result["__typename"] == "UpdateCredentialSuccess", result


async def rename(client: Client, integration: dict[str, Any], name: str) -> None:
    await client.execute(UPDATE_INTEGRATION, input={"id": integration["id"], "name": name})


async def test_it_goes_on_with_the_new_key_when_one_is_replaced_and_then_revoked(
    program: str, tenant: Tenant, tmp_path: Path
) -> None:
    old = secret_key()
    integration = await add_integration(tenant.client, authentication={"secretKey": old})
    async with partner(program, tenant, tmp_path, await partner_token(tenant)) as running:
        await running.works()
        await replace_key(tenant.client, integration)
        await running.says("Received CREDENTIAL_SECRET_REPLACED")
        await until(partial(_revealed, tenant.client, 2))  # from here on, it calls with the new key
        await change_at_stripe(tenant.server, old, "rejected")
        await running.works()
        assert "Waiting" not in running.printed()
    assert await _revealed(tenant.client, 2), "once per key"


async def _revealed(client: Client, times: int) -> bool:
    events = [event for event in await history(client) if event["kind"] == "SECRET_REVEALED"]
    return [event["reason"] for event in events] == ["Synchronizing payments"] * times


async def test_it_reports_a_dead_key_and_waits_for_another(program: str, tenant: Tenant, tmp_path: Path) -> None:
    key = secret_key()
    integration = await add_integration(tenant.client, authentication={"secretKey": key})
    async with partner(program, tenant, tmp_path, await partner_token(tenant)) as running:
        await running.works()
        await change_at_stripe(tenant.server, key, "expired")
        await running.says(
            "Reported: Stripe rejected the key. Credential “Billing” no longer works: its key has expired."
        )
        await running.says("Received INTEGRATION_STATUS_CHANGED")
        await running.says("Waiting: The credential “Billing” cannot be used: it is disconnected.")
        called = running.called()
        for times in (1, 2):
            await rename(tenant.client, integration, f"Renamed {times}")
            await running.says("Received INTEGRATION_UPDATED", times)
        assert running.called() == called
        await replace_key(tenant.client, integration)
        await running.works()
        assert running.printed().count("Reported") == 1, "a dead key is not tried again"


async def test_it_reveals_again_after_a_report_that_decides_nothing(
    program: str, tenant: Tenant, tmp_path: Path
) -> None:
    key = secret_key()
    await add_integration(tenant.client, authentication={"secretKey": key})
    async with partner(program, tenant, tmp_path, await partner_token(tenant)) as running:
        await running.works()
        await change_at_stripe(tenant.server, key, "unauthorizedip")
        await running.says("Reported: Stripe rejected the key. Stripe rejects requests from this server's IP address.")
        await change_at_stripe(tenant.server, key, "accepted")
        await running.works()


@pytest.mark.usefixtures("sqlite")
async def test_it_reveals_again_when_an_access_token_ends(program: str, tmp_path: Path) -> None:
    with running_server(tmp_path / "server", **app_settings(own_port())) as server:
        tenant = await new_tenant(server)
        installed = await install(tenant.client, "Billing", expires_in="302")  # to be used for two seconds
        async with partner(program, tenant, tmp_path, await partner_token(tenant)) as running:
            await running.works()
            await until(installed.is_refreshed)
            await running.works()
            assert "Reported" not in running.printed()


async def test_it_stops_while_the_integration_is_switched_off(program: str, tenant: Tenant, tmp_path: Path) -> None:
    integration = await add_integration(tenant.client)
    async with partner(program, tenant, tmp_path, await partner_token(tenant)) as running:
        await running.works()
        await tenant.client.execute(SET_ACTIVE, input={"id": integration["id"], "active": False})
        await running.says("Waiting: Integration “Billing” is not active.")
        called = running.called()
        for times in (1, 2):
            await rename(tenant.client, integration, f"Renamed {times}")
            await running.says(f"Waiting: Integration “Renamed {times}” is not active.")
        assert running.called() == called
        await tenant.client.execute(SET_ACTIVE, input={"id": integration["id"], "active": True})
        await running.works()


async def test_it_calls_stripe_with_what_was_granted_by_oauth_until_the_user_disconnects(
    program: str, tenant: Tenant, tmp_path: Path
) -> None:
    credential = await connect(tenant.client)
    await add_integration(tenant.client, authentication={"credentialId": credential["id"]})
    async with partner(program, tenant, tmp_path, await partner_token(tenant)) as running:
        await running.works()
        await disconnect_at_stripe(tenant.client, "acct_1SandboxDrawbridge")
        await running.says("Waiting: The credential “Acme” cannot be used: it is disconnected.")


async def test_it_ends_when_its_token_is_revoked(program: str, tenant: Tenant, tmp_path: Path) -> None:
    integration = await add_integration(tenant.client)
    async with partner(program, tenant, tmp_path, await partner_token(tenant)) as running:
        await running.works()
        (token,) = (await tenant.client.result(_NEWEST_TOKEN))["nodes"]
        await tenant.client.execute(_REVOKE, id=token["id"])
        await rename(tenant.client, integration, "Renamed")
        assert await running.ends() == 1
        assert "(UNAUTHENTICATED)" in running.printed() or "(4403)" in running.printed()


async def test_it_begins_at_the_logs_end_where_its_cursor_is_not_taken(
    program: str, tenant: Tenant, tmp_path: Path
) -> None:
    (tmp_path / "cursor").write_text("of another log")
    integration = await add_integration(tenant.client)
    async with partner(program, tenant, tmp_path, await partner_token(tenant)) as running:
        await running.says("Restarted at the end of the log")
        await replace_key(tenant.client, integration)
        await running.says("Received CREDENTIAL_SECRET_REPLACED")
        await running.works()


@pytest.mark.usefixtures("sqlite")
async def test_it_misses_no_event_when_the_server_or_itself_starts_again(program: str, tmp_path: Path) -> None:
    start = partial(running_server, tmp_path / "server", PORT=str(own_port()))
    with ExitStack() as first:
        tenant = await new_tenant(first.enter_context(start()))
        integration, token = await add_integration(tenant.client), await partner_token(tenant)
        async with partner(program, tenant, tmp_path, token) as running:
            await running.works()
            await asyncio.to_thread(first.close)
            with start():
                await rename(tenant.client, integration, "Renamed")
                await running.says("Received INTEGRATION_UPDATED")
                await rename(tenant.client, integration, "Billing")
                await running.says("Received INTEGRATION_UPDATED", times=2)
                running.process.kill()
                await replace_key(tenant.client, integration)
                async with partner(program, tenant, tmp_path, token) as again:
                    await again.says("Received CREDENTIAL_SECRET_REPLACED")
                    await again.works()
                    events = await history(tenant.client)
    told = list(dict.fromkeys(running.told()))  # an event whose cursor was not yet stored at the kill is sent again
    assert told == [event["cursor"] for event in events if event["kind"] in _FOLLOWED]
