"""A check takes a while: reports, verifications and other checks of the same credential come in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.stripe.gateway import StripeGateway
from adapters.stripe.probes import PROBE_SECONDS
from models import Credential, CredentialStatus, Integration, Organization, Scope
from models.querying import claim_check
from resolvers.context import Context, Viewer
from resolvers.credentials.report import report_failure
from tests.support.actions import add_integration, kinds
from tests.support.checks import Checker, checker, move
from tests.support.client import Client
from tests.support.documents import VERIFY_CREDENTIAL
from tests.support.gate import Gate, open_gate
from tests.support.organizations import new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer, running_server
from tests.support.stripe import change_at_stripe
from tests.support.waiting import until

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_PATH = "/v1/account"


@dataclass(frozen=True, slots=True)
class _Scene:
    """A credential of a server that does not check by itself, and checks of this process. Both use the gate."""

    server: RunningServer
    client: Client
    gate: Gate
    checks: Checker
    key: str
    integration_id: str
    id_: str

    async def dies(self) -> None:
        """Lets Stripe refuse the key from now on."""
        await change_at_stripe(self.server, self.key, "rejected")

    async def begin_report(self) -> asyncio.Task[Integration]:
        """Reports the credential to this process."""
        row = await Credential.get(id=self.id_)
        viewer = Viewer("test", await Organization.get(id=row.organization_id), "test", frozenset(Scope))
        context = Context(self.checks.services, viewer, self.checks.clock)
        reporting = asyncio.create_task(report_failure(context, integration_id=self.integration_id))
        await until(lambda: self.checks.services.reports.awaits(self.id_))
        return reporting


@pytest.fixture
async def scene(tmp_path: Path, engine: str) -> AsyncIterator[_Scene]:  # noqa: ARG001 - each database has its own
    async with AsyncExitStack() as stack:
        gate = await stack.enter_async_context(open_gate())
        server = stack.enter_context(running_server(tmp_path, VERIFY_INTERVAL_HOURS="0", **gate.settings))
        client, key = (await new_tenant(server)).client, secret_key()
        integration = await add_integration(client, authentication={"secretKey": key})
        checks = await stack.enter_async_context(checker(server.settings, verify_interval_hours=24))
        yield _Scene(server, client, gate, checks, key, integration["id"], integration["credential"]["id"])


async def test_a_report_is_not_answered_by_a_check_that_began_before_it(scene: _Scene) -> None:
    await move(scene.id_, next_check_at=_NEVER)
    with scene.gate.holding(_PATH, answered=True) as hold:
        checking = asyncio.create_task(scene.checks.check())
        await hold.arrival()
        await scene.dies()
        scene.checks.now += _SECOND
        reporting = await scene.begin_report()
        scene.checks.now += _SECOND
        hold.open()
        await checking
        await reporting
    assert (await Credential.get(id=scene.id_)).status is CredentialStatus.DISCONNECTED


async def test_a_report_claims_its_credential_for_longer_than_its_check_can_take(scene: _Scene) -> None:
    with scene.gate.holding(_PATH) as hold:
        reporting = await scene.begin_report()
        await hold.arrival()
        longest = timedelta(seconds=scene.checks.services.stripe.timeout + PROBE_SECONDS)
        later = scene.checks.now + longest + 5 * _SECOND  # for the transaction
        assert not await claim_check(scene.id_, later, later + _SECOND)
        hold.open()
        await reporting
    assert await claim_check(scene.id_, scene.checks.now, scene.checks.now + _SECOND), "it was released"


async def test_a_verification_that_was_overtaken_by_a_check_records_nothing(scene: _Scene) -> None:
    before = await kinds(scene.client)
    direct = StripeGateway(base=f"{scene.server.address}/sandbox", timeout=5)
    with scene.gate.holding(_PATH, answered=True) as hold:
        verifying = asyncio.create_task(scene.client.result(VERIFY_CREDENTIAL, input={"id": scene.id_}))
        await hold.arrival()
        await scene.dies()
        await move(scene.id_, next_check_at=_NEVER)
        await Checker(replace(scene.checks.services, stripe=direct)).check()
        await direct.close()
        refused_at = (await Credential.get(id=scene.id_)).refused_at
        hold.open()
        await verifying
    row = await Credential.get(id=scene.id_)
    assert row.refused_at == refused_at
    assert refused_at is not None
    assert await kinds(scene.client) == before
