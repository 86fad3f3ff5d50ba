"""Checks that partners' reports cause: with one call to Stripe, a limit of their own, and a line in the log."""

from collections.abc import Iterator

import pytest

from models import Credential, Scope
from resolvers.context import system_viewer
from resolvers.credentials.check import check
from tests.support.actions import add_credential, add_integration, permissions_of
from tests.support.checks import checker
from tests.support.documents import REPORT_FAILURE, UPDATE_CREDENTIAL
from tests.support.metrics import read_figures
from tests.support.organizations import new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import change_at_stripe, restrict_at_stripe, restricted_key

pytestmark = pytest.mark.usefixtures("engine")


async def test_a_report_of_a_restricted_key_is_one_call_and_leaves_its_permissions(requiring: RunningServer) -> None:
    client, key = (await new_tenant(requiring)).client, await restricted_key(requiring)
    integration = await add_integration(client, authentication={"secretKey": key})
    stored = await permissions_of(client, integration["credential"])
    await restrict_at_stripe(requiring, key, "customer_read plan_read")
    calls = await _calls(requiring)
    result = await client.result(REPORT_FAILURE, input={"integrationId": integration["id"]})
    assert (result["__typename"], result["integration"]["status"]) == ("ReportCredentialFailureSuccess", "ACTIVE")
    assert await _calls(requiring) == calls + 1
    assert await permissions_of(client, integration["credential"]) == stored


async def _calls(server: RunningServer) -> float:
    """The calls to Stripe that checks make."""
    figures = await read_figures(server)
    paths = ("account", "customers", "prices")
    return sum(figures.of("stripe_call_seconds_count", call=f"GET /sandbox/v1/{path}") for path in paths)


@pytest.fixture(scope="module")
def strict(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:  # noqa: ARG001 - one per database
    """A server with a low limit on checks, and no checks by itself."""
    folder = tmp_path_factory.mktemp("strict-reports")
    with running_server(folder, KEY_CHECKS_PER_MINUTE="2", VERIFY_INTERVAL_HOURS="0") as running:
        yield running


@pytest.mark.slow
async def test_reports_leave_the_organization_its_checks_of_pasted_keys(strict: RunningServer) -> None:
    tenant = await new_tenant(strict)
    integration = await add_integration(tenant.client)
    given = {"integrationId": integration["id"]}
    for _ in range(5):
        partner = await tenant.client_with(Scope.REVEAL_SECRETS)
        for _ in range(2):
            assert (await partner.result(REPORT_FAILURE, input=given))["message"] == "Stripe accepts this key."
    replacement = {"id": integration["credential"]["id"], "secretKey": secret_key()}
    replaced = await tenant.client.result(UPDATE_CREDENTIAL, input=replacement)
    assert replaced["__typename"] == "UpdateCredentialSuccess"


@pytest.mark.slow
async def test_failures_of_reports_are_logged_although_nothing_is_checked_by_itself(
    strict: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    key = secret_key()
    id_ = (await add_credential((await new_tenant(strict)).client, key=key))["id"]
    await change_at_stripe(strict, key, "unavailable")
    async with checker(strict.settings) as checks:
        row = await Credential.get(id=id_).select_related("organization")
        assert await check(checks.services, row, checks.clock, reporter=system_viewer(row.organization))
        assert await checks.check() <= 60
    assert "Credentials could not be checked with Stripe; their status stands." in caplog.text
