"""The examples find their integration by its exact name, among more than a page of names that contain it."""

from pathlib import Path

import pytest

from tests.support.actions import add_credential, add_integration
from tests.support.organizations import new_tenant
from tests.support.partners import partner, partner_token
from tests.support.servers import RunningServer


@pytest.mark.parametrize("program", ["python-sse", "javascript-sse"])
async def test_an_integration_is_found_among_101_that_contain_its_name(
    program: str, shared: RunningServer, tmp_path: Path
) -> None:
    tenant = await new_tenant(shared)
    shared_key = {"credentialId": (await add_credential(tenant.client, "Shared"))["id"]}
    billing = await add_integration(tenant.client)
    for number in range(100):
        await add_integration(tenant.client, f"Billing {number}", authentication=shared_key, active=False)
    async with partner(program, tenant, tmp_path, await partner_token(tenant)) as running:
        await running.works()
        await tenant.client.execute(
            "mutation ($id: ID!) { setIntegrationActive(input: {id: $id, active: false}) { __typename } }",
            id=billing["id"],
        )
        await running.says("Waiting: Integration “Billing” is not active.")
