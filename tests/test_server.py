"""The server process: its output at startup, its shutdown, and its recovery after kill -9."""

import asyncio
import itertools
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from models import Event, EventKind, Integration, Organization, Scope
from startup.database import open_database
from tests.support.client import Client
from tests.support.databases import database_name, in_use
from tests.support.documents import CREATE_INTEGRATION, EVENTS, FOLLOW, INTEGRATIONS, REVOKE_TOKEN, TOKENS
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import PLAIN
from tests.support.secrecy import keep, secret_key
from tests.support.servers import AS_OPERATOR, RunningServer, environment, run_program, running_server
from tests.support.stopping import ended
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_VIEWER = "{ viewer { organization { name } scopes } }"
_WRITERS = 8
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Iterator[RunningServer]:  # noqa: ARG001 - one per database
    """The first start, with a data folder that does not exist yet."""
    folder = tmp_path_factory.mktemp("fresh")
    with running_server(folder, AS_OPERATOR, DATA_DIR=str(folder / "data")) as server:
        yield server


def _printed(server: RunningServer) -> dict[str, str]:
    """The values that the server printed at its last start, by the first word of their lines."""
    words = [(line.split()[0], line.split()[1]) for line in server.output.read_text().splitlines()]
    return dict(words[-3:])


def _demo(server: RunningServer) -> Client:
    """A client with the token that the server printed."""
    return Client(server.address, keep(_printed(server)["Token"]))


def test_a_first_start_says_where_it_is(fresh: RunningServer) -> None:
    printed = _printed(fresh)
    assert list(printed) == ["GraphQL", "Sandbox", "Token"]
    assert printed["GraphQL"] == f"{fresh.address}/graphql"
    assert "sk_test_" in httpx.get(printed["Sandbox"], timeout=PATIENCE, verify=PLAIN).text


async def test_a_first_start_prints_a_token_that_may_do_everything_in_demo(fresh: RunningServer) -> None:
    viewer = await _demo(fresh).result(_VIEWER)
    assert viewer["organization"] == {"name": "demo"}
    assert set(viewer["scopes"]) == set(Scope)
    assert len(viewer["scopes"]) == 4


def test_what_is_secret_is_readable_by_its_owner_only(fresh: RunningServer) -> None:
    folder = fresh.settings.database.data_dir
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert (modes["data"], modes["encryption.keys"], modes["development.token"]) == (0o700, 0o600, 0o600)


@pytest.mark.parametrize(("path", "status"), [("/healthz", "alive"), ("/readyz", "ready")])
def test_health_is_told(fresh: RunningServer, path: str, status: str) -> None:
    response = httpx.get(fresh.address + path, timeout=PATIENCE, verify=PLAIN)
    assert (response.status_code, response.json()) == (200, {"status": status})


async def test_restarts_print_a_token_that_works_the_same_where_that_can_be(tmp_path: Path) -> None:
    with running_server(tmp_path, AS_OPERATOR) as server:
        first = _demo(server)
    with running_server(tmp_path, AS_OPERATOR) as server:
        assert _demo(server).token == first.token
        await _revoke_its_token(_demo(server))
    with running_server(tmp_path, AS_OPERATOR) as server:
        second = _demo(server)
        await second.result(_VIEWER)
    (tmp_path / "development.token").unlink()
    with running_server(tmp_path, AS_OPERATOR) as server:
        third = _demo(server)
        await third.result(_VIEWER)
        assert (await replace(second, address=server.address).post(_VIEWER)).status_code == 401
    _delete_database(tmp_path)
    with running_server(tmp_path, AS_OPERATOR) as server:
        fourth = _demo(server)
        await fourth.result(_VIEWER)
    assert len({client.token for client in (first, second, third, fourth)}) == 4


def _delete_database(folder: Path) -> None:
    if postgres := in_use():
        postgres.drop(database_name(folder))
    for file in folder.glob("drawbridge.sqlite3*"):
        file.unlink()


async def _revoke_its_token(client: Client) -> None:
    tokens = (await client.result(TOKENS))["nodes"]
    assert (await client.result(REVOKE_TOKEN, input={"id": tokens[0]["id"]}))["__typename"] == "RevokeTokenSuccess"


async def test_sigterm_ends_it_even_while_a_client_is_subscribed(tmp_path: Path) -> None:
    with running_server(tmp_path, AS_OPERATOR) as server:
        client = _demo(server)
        async with client.socket() as socket:
            await socket.subscribe(FOLLOW)
            await client.result(_VIEWER)
            await ended(server)


def test_a_port_that_is_taken_ends_the_start_without_a_token(fresh: RunningServer, tmp_path: Path) -> None:
    done = run_program("server.py", env=environment(tmp_path, PORT=str(fresh.settings.serving.port)))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def _input(name: str) -> dict[str, object]:
    return {"name": name, "authentication": {"secretKey": secret_key()}}


async def test_what_was_acknowledged_survives_a_crash_right_after(tmp_path: Path) -> None:
    with running_server(tmp_path, AS_OPERATOR) as server:
        created = await _demo(server).result(CREATE_INTEGRATION, input=_input("Billing"))
        server.kill()
    with running_server(tmp_path, AS_OPERATOR) as server:
        (row,) = (await _demo(server).result(INTEGRATIONS))["nodes"]
        assert row == created["integration"]
        events = (await _demo(server).result(EVENTS))["nodes"]
    assert [event["kind"] for event in events] == ["TOKEN_ISSUED", "CREDENTIAL_CREATED", "INTEGRATION_CREATED"]


async def test_rows_and_events_agree_however_often_it_crashes_among_writers(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    tenant = None
    for enough in (5, 25, 25):
        with running_server(tmp_path, AS_OPERATOR) as server:
            tenant = tenant or await new_tenant(server)
            client = replace(tenant.client, address=server.address)
            created = asyncio.Queue[str]()
            writers = [asyncio.create_task(_write(client, created)) for _ in range(_WRITERS)]
            acknowledged += [await created.get() for _ in range(enough)]
            server.kill()
            await asyncio.gather(*writers)
        acknowledged += [created.get_nowait() for _ in range(created.qsize())]
        assert tenant is not None
        await _assert_rows_and_events_agree(server, tenant, acknowledged)


async def _write(client: Client, created: asyncio.Queue[str]) -> None:
    """Adds integrations until the server is killed."""
    with suppress(httpx.TransportError):
        while True:
            result = await client.result(CREATE_INTEGRATION, input=_input(f"Integration {next(_numbers)}"))
            created.put_nowait(result["integration"]["id"])


async def _assert_rows_and_events_agree(server: RunningServer, tenant: Tenant, acknowledged: list[str]) -> None:
    async with open_database(server.settings):
        organization = await Organization.get(name=tenant.name)
        rows = [row.id for row in await Integration.filter(organization_id=organization.id)]
        events = await Event.filter(organization_id=organization.id).order_by("position")
    created = [event.subject for event in events if event.kind is EventKind.INTEGRATION_CREATED]
    assert set(acknowledged) <= set(rows)
    assert sorted(created) == sorted(rows)
    assert [event.position for event in events] == list(range(1, organization.position + 1))
