"""The example partners that follow by webhook outlive what strangers send to their receiver."""

import json
from pathlib import Path

import pytest

from tests.support.actions import add_integration
from tests.support.documents import UPDATE_INTEGRATION
from tests.support.malformed_webhooks import send_malformed
from tests.support.organizations import new_tenant
from tests.support.partners import PROGRAMS, partner, partner_token
from tests.support.servers import RunningServer


@pytest.mark.parametrize("program", [program for program in PROGRAMS if program.endswith("webhook")])
async def test_it_goes_on_after_malformed_requests(program: str, shared: RunningServer, tmp_path: Path) -> None:
    tenant = await new_tenant(shared)
    integration = await add_integration(tenant.client)
    async with partner(program, tenant, tmp_path, await partner_token(tenant)) as running:
        await running.works()
        await send_malformed(int(json.loads((tmp_path / "endpoint.json").read_text())["PORT"]), "/")
        await tenant.client.execute(UPDATE_INTEGRATION, input={"id": integration["id"], "name": "Renamed"})
        await running.says("Received INTEGRATION_UPDATED")
        await running.works()
