"""GET /metrics: values, labels that clients cannot add to, and the sum over all workers."""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest

from models import Organization
from startup.database import open_database
from tests.support.actions import add_credential, add_integration
from tests.support.client import Client
from tests.support.databases import in_use
from tests.support.documents import CREATE_INTEGRATION, EVENT_CURSOR, FOLLOW
from tests.support.metrics import Figures, figures_when, read_figures
from tests.support.oauth import begin
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import PLAIN, plain_client
from tests.support.rows import incomplete_credential
from tests.support.secrecy import keep, secret_key
from tests.support.servers import AS_OPERATOR, RunningServer, running_server
from tests.support.waiting import PATIENCE, until
from tests.support.watched import watched_server

_VIEWER = "{ viewer { name } }"
_TOKEN = keep("a-token-for-prometheus")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:  # noqa: ARG001 - one per database
    """A server of these tests' own: in a shared one, something of an earlier test may end while they count."""
    with watched_server(tmp_path_factory.mktemp("metrics")) as running:
        yield running


async def test_operations_are_counted_by_field_and_outcome_and_timed(client: Client, server: RunningServer) -> None:
    before, began = await read_figures(server), time.monotonic()
    for name in ("Billing", "Billing", "Shop"):
        await client.result(CREATE_INTEGRATION, input={"name": name, "authentication": {"secretKey": secret_key()}})
    labels = {"field": "createIntegration", "kind": "mutation", "transport": "http"}

    def new(figures: Figures, name: str, **more: str) -> float:
        return figures.of(name, **labels, **more) - before.of(name, **labels, **more)

    after = await figures_when(server, lambda figures: new(figures, "operations_total") == 3)
    assert new(after, "operations_total", outcome="ok") == 2
    assert new(after, "operations_total", outcome="NameTakenError") == 1
    assert new(after, "operation_seconds_count") == 3
    assert 0 < new(after, "operation_seconds_sum") < time.monotonic() - began


async def test_calls_to_stripe_are_counted_by_outcome(client: Client, server: RunningServer) -> None:
    before = await read_figures(server)
    for behaviour in ("51Sandbox", "rejected", "unavailable"):
        request = {"name": behaviour, "authentication": {"secretKey": secret_key(behaviour=behaviour)}}
        await client.result(CREATE_INTEGRATION, input=request)
    after = await read_figures(server)
    for outcome in ("ok", "refused", "unavailable"):
        labels = {"call": "GET /sandbox/v1/account", "outcome": outcome}
        assert after.of("stripe_call_seconds_count", **labels) > before.of("stripe_call_seconds_count", **labels)


async def test_events_pushes_sockets_and_subscriptions_are_counted(client: Client, server: RunningServer) -> None:
    before, began = await read_figures(server), time.monotonic()
    async with client.socket() as socket:
        await socket.subscribe(FOLLOW, after=(await client.execute(EVENT_CURSOR))["eventCursor"])
        await figures_when(server, lambda now: now.of("open_subscriptions") == before.of("open_subscriptions") + 1)
        await add_integration(client)
        await socket.next()
        await socket.next()
        during = await figures_when(
            server, lambda now: now.of("push_seconds_count") == before.of("push_seconds_count") + 2
        )
    assert during.of("events_appended_total") == before.of("events_appended_total") + 2
    assert during.of("open_sockets") == before.of("open_sockets") + 1
    assert 0 < during.of("push_seconds_sum") - before.of("push_seconds_sum") < 2 * (time.monotonic() - began)
    names = ("open_sockets", "open_subscriptions")
    await figures_when(server, lambda now: [now.of(name) for name in names] == [before.of(name) for name in names])


async def test_invalid_tokens_are_counted(client: Client, server: RunningServer) -> None:
    before = await read_figures(server)
    for token in ("nonsense", f"{client.token}x"):
        assert (await Client(server.address, token).post(_VIEWER)).status_code == 401
    await client.post(_VIEWER)
    after = await read_figures(server)
    assert after.of("authentication_failures_total") == before.of("authentication_failures_total") + 2


async def test_the_lag_of_expiry_is_observed(client: Client, tenant: Tenant, server: RunningServer) -> None:
    before = await read_figures(server)
    async with open_database(server.settings):
        organization = await Organization.get(name=tenant.name)
        due = datetime.now(UTC)
        await incomplete_credential(organization.id, 1, due).save(force_create=True)
    await begin(client)  # wakes the daemon
    name = "expiry_lag_seconds_count"
    after = await figures_when(server, lambda figures: figures.of(name) == before.of(name) + 1)
    lag = after.of("expiry_lag_seconds_sum") - before.of("expiry_lag_seconds_sum")
    assert 0 < lag < (datetime.now(UTC) - due).total_seconds()


async def test_the_pool_s_connections_are_sampled(server: RunningServer, engine: str) -> None:
    if engine == "sqlite":
        assert (await read_figures(server)).of("database_connections") == 0
        return
    figures = await figures_when(server, lambda figures: figures.of("database_connections") > 0)
    assert 1 <= figures.of("database_connections", state="idle") <= server.settings.database.database_connections


async def test_clients_cannot_add_time_series(client: Client, server: RunningServer) -> None:
    await client.post("query Name { viewer { name } }")
    await client.post("query Name { nope }")
    before = await read_figures(server)
    for number in range(20):
        await client.post(f"query Name{number} {{ alias{number}: viewer {{ name }} }}")
        await client.post(f"query Name{number} {{ field{number} }}")
    assert (await read_figures(server)).samples.keys() == before.samples.keys()


def _status(server: RunningServer, authorization: str | None) -> int:
    headers = {b"Authorization": authorization.encode("latin-1")} if authorization else {}
    return httpx.get(f"{server.address}/metrics", headers=headers, timeout=PATIENCE, verify=PLAIN).status_code


@pytest.mark.usefixtures("sqlite")
def test_metrics_require_the_token(tmp_path: Path) -> None:
    with running_server(tmp_path, METRICS_TOKEN=_TOKEN) as server:
        given = [None, f"Bearer {_TOKEN}x", "Bearer", f"Basic {_TOKEN}", "Bearer \xe9", f"Bearer {_TOKEN}"]
        assert [_status(server, each) for each in given] == [401] * 5 + [200]


async def test_each_worker_reports_the_sum_of_all_live_ones(tmp_path: Path, engine: str) -> None:
    if engine == "sqlite":
        return  # it has one process
    assert in_use()
    changes = {"WORKERS": "2", "STRIPE_API_BASE": "http://127.0.0.1:9"}
    with running_server(tmp_path, AS_OPERATOR, **changes) as server:
        client = (await new_tenant(server)).client
        await asyncio.gather(*(client.post(_VIEWER) for _ in range(40)))
        figures = await figures_when(server, lambda now: now.of("operations_total", field="viewer") == 40)
        assert figures.of("operation_seconds_count", field="viewer") == 40
        async with client.socket() as one, client.socket() as other:
            await figures_when(server, lambda now: now.of("open_sockets") == 2)
            for pid in _children(server):
                os.kill(pid, 9)
            await asyncio.gather(one.connection.wait_closed(), other.connection.wait_closed())
        await until(partial(_answers, server))
        after = await read_figures(server)
        assert after.of("open_sockets") == 0
        assert after.of("operations_total", field="viewer") == 40, "what they counted is kept"


def _children(server: RunningServer) -> list[int]:
    pid = server.process.pid
    children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return [child for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


async def _answers(server: RunningServer) -> bool:
    """Whether a worker responds."""
    with suppress(httpx.TransportError):
        async with plain_client() as http:
            return (await http.get(f"{server.address}/healthz")).status_code == 200
    return False


async def test_no_credential_s_key_is_in_the_metrics(client: Client, server: RunningServer) -> None:
    key = secret_key()
    await add_credential(client, key=key)
    async with plain_client() as http:
        assert key not in (await http.get(f"{server.address}/metrics")).text
