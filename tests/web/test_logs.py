"""Logs: one line per request or operation, no injection by clients, and no secrets."""

import asyncio
import json
import logging
import re
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from telemetry.logs import JsonFormatter, TextFormatter
from tests.support.actions import add_credential
from tests.support.client import Client
from tests.support.documents import CREATE_INTEGRATION, EVENT_CURSOR, FOLLOW, INTEGRATIONS
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import plain_client
from tests.support.servers import ROOT, RunningServer, running_server
from tests.support.waiting import PATIENCE

_VIEWER = "query Who { viewer { name } }"


class _Lines:
    """The lines that a server has logged since `begin`."""

    def __init__(self, server: RunningServer, begin: int | None = None) -> None:
        self._log = server.log
        self._begin = server.log.stat().st_size if begin is None else begin

    async def text(self, count: int = 1) -> str:
        """All lines, once there are `count`: a line is written after its response is sent."""
        text = ""
        async with asyncio.timeout(PATIENCE):
            while text.count("\n") < count:
                await asyncio.sleep(0.01)
                text = self._log.read_bytes()[self._begin :].decode()
        return text

    async def one(self) -> dict[str, str]:
        """The fields of the only line."""
        (line,) = (await self.text()).splitlines()
        return dict(re.findall(r" (\w+)=(\S+)", line))


@pytest.fixture
def lines(server: RunningServer, client: Client) -> _Lines:  # noqa: ARG001 - its own requests come before the lines
    return _Lines(server)


async def test_a_request_is_logged_with_its_viewer_operation_and_outcome(client: Client, lines: _Lines) -> None:
    assert (await client.send(json={"query": _VIEWER}, headers={"X-Request-ID": "abc-123"})).status_code == 200
    line = await lines.one()
    assert re.fullmatch(r"token_\w{26}", line.pop("viewer"))
    assert re.fullmatch(r"organization_\w{26}", line.pop("organization"))
    assert 0 < float(line.pop("duration_ms")) < 10_000
    assert line == {
        "transport": "http",
        "operation": "query",
        "name": "Who",
        "field": "viewer",
        "outcome": "ok",
        "status": "200",
        "cost": "2",
        "request_id": "abc-123",
        "client": "127.0.0.1",
    }


async def test_a_refusal_is_logged_by_its_type_and_an_error_by_its_code(client: Client, server: RunningServer) -> None:
    integration = {"name": "Billing", "authentication": {"secretKey": "nonsense"}}
    requests = [
        ({"query": CREATE_INTEGRATION, "variables": {"input": integration}}, "InvalidSecretKeyError"),
        ({"query": "{ integrations(first: 0) { totalCount } }"}, "INVALID_ARGUMENT"),
        ({"query": "{ nope }"}, "INVALID_REQUEST"),
        ({"query": "{"}, "INVALID_REQUEST"),
        ({}, "INVALID_REQUEST"),
    ]
    for request, outcome in requests:
        lines = _Lines(server)
        await client.send(json=request)
        assert (await lines.one())["outcome"] == outcome


async def test_an_unknown_token_is_logged_as_the_outcome(server: RunningServer, lines: _Lines) -> None:
    await Client(server.address, "unknown").post(_VIEWER)
    line = await lines.one()
    assert (line["outcome"], line["status"]) == ("UNAUTHENTICATED", "401")
    assert "viewer" not in line


async def test_an_operation_on_a_socket_is_logged_when_it_ends(client: Client, lines: _Lines) -> None:
    async with client.socket(headers={"X-Request-ID": "socket-1"}) as socket:
        await socket.subscribe(_VIEWER)
        await socket.next()
        await socket.receive()
        line = await lines.one()
        assert (line["transport"], line["name"], line["request_id"]) == ("websocket", "Who", "socket-1")
        assert line["client"] == "127.0.0.1"
        id_ = await socket.subscribe(FOLLOW, after=(await client.execute(EVENT_CURSOR))["eventCursor"])
        await add_credential(client)
        await socket.next()
        await socket.send({"id": id_, "type": "complete"})
        last = (await lines.text(4)).splitlines()[-1]
        assert "operation=subscription field=events outcome=ok" in last


@pytest.fixture(scope="module")
def behind_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that trusts a proxy on this machine."""
    folder = tmp_path_factory.mktemp("proxy")
    database = f"sqlite:///{folder}/drawbridge.sqlite3"
    with running_server(folder, DATABASE_URL=database, TRUSTED_PROXIES="127.0.0.1") as running:
        yield running


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%sk_test_hunter2", "fe80::1"),
        ("sk_test_hunter2", "unknown"),
        ("x" * 5000, "unknown"),
        ("192.0.2.1 level=ERROR", "unknown"),
    ],
    ids=range(6),
)
async def test_a_proxy_names_the_client_by_its_address_alone(
    behind_proxy: RunningServer, forwarded: str, client: str
) -> None:
    lines = _Lines(behind_proxy)
    await Client(behind_proxy.address, "none").send(json={"query": _VIEWER}, headers={"X-Forwarded-For": forwarded})
    assert (await lines.one())["client"] == client
    assert "hunter2" not in await lines.text()


@pytest.mark.parametrize("given", ["", "a b", "sk_test_51", "x" * 65, "a.b", "a\tb"], ids=ascii)
async def test_an_ill_formed_request_id_is_replaced(client: Client, lines: _Lines, given: str) -> None:
    answer = await client.send(json={"query": _VIEWER}, headers={"X-Request-ID": given})
    assigned = answer.headers["x-request-id"]
    assert str(UUID(assigned)) == assigned
    assert (await lines.one())["request_id"] == assigned


async def test_a_request_id_with_control_characters_is_refused(client: Client, lines: _Lines) -> None:
    answer = await client.send(json={"query": _VIEWER}, headers={"X-Request-ID": "\x1b[31m"})
    assert answer.status_code == 400
    assert "\x1b" not in await lines.text()


@pytest.mark.parametrize(
    "name", ["a\nb", "a\r\n2026-01-01T00:00:00.000Z INFO x: y", "\x1b[2J", "\x9b2J", "\u2028", "\0"], ids=ascii
)
async def test_no_line_can_be_injected_by_a_name(client: Client, lines: _Lines, name: str) -> None:
    await client.send(json={"query": f"query {name} {{ viewer {{ name }} }}", "operationName": name})
    await client.send(json={"query": _VIEWER, "operationName": name})
    text = await lines.text(2)
    assert len(text.splitlines()) == len(re.findall("^20.* outcome=", text, re.MULTILINE)) == 2
    assert text.replace("\n", "").isprintable()
    assert "name=" not in text.replace("name=Who", "")


async def test_names_are_shortened_and_hidden_if_they_look_like_a_secret(client: Client, server: RunningServer) -> None:
    for name, shown in [("N" * 500, "N" * 64), ("sk_test_51Name", "(hidden)"), (f"whsec_{'x' * 30}", "(hidden)")]:
        lines = _Lines(server)
        await client.post(f"query {name} {{ {name}: viewer {{ name }} }}")
        assert (await lines.one())["name"] == shown


@pytest.fixture
async def tenant_of_broken_server(tmp_path: Path, sqlite: None) -> AsyncIterator[Tenant]:  # noqa: ARG001
    """A tenant of a server without the tables of integrations and authorizations."""
    with running_server(tmp_path, LOG_FORMAT="json") as server:
        tenant = await new_tenant(server)
        with closing(sqlite3.connect(server.settings.database.sqlite_path)) as database:
            for table in ("integrations", "stripe_auths"):
                database.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
        yield tenant


async def test_unexpected_failures_are_logged_as_json_without_their_texts(tenant_of_broken_server: Tenant) -> None:
    tenant = tenant_of_broken_server
    error = await tenant.client.error(INTEGRATIONS)
    assert error["extensions"] == {"code": "INTERNAL_ERROR"}
    async with plain_client() as http:
        answer = await http.get(f"{tenant.server.address}/stripe/callback?state=secret-state&code=ac_secret")
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"] == {"code": "INTERNAL_ERROR"}
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    text = await _Lines(tenant.server, begin=0).text(3)
    lines = [json.loads(line) for line in text.splitlines()]
    failures = [line for line in lines if line["level"] == "error"]
    assert [line["message"] for line in failures] == [
        "OperationalError in an operation",
        "OperationalError in a request",
    ]
    assert failures[1]["request_id"] == answer.headers["x-request-id"]
    assert {line["client"] for line in lines} == {"127.0.0.1"}, "each line of a request, and not only its last"
    assert all(f"{ROOT}/resolvers/" in line["trace"] for line in failures)
    assert not [word for word in ("no such table", "secret-state", "ac_secret") if word in text]
    assert [line["outcome"] for line in lines if line["logger"] == "drawbridge.requests"] == ["INTERNAL_ERROR"]


def _record(message: str, *, logger: str = "library", raised: Exception | None = None) -> logging.LogRecord:
    info = None
    if raised:
        try:
            _raise(raised)
        except ValueError:
            info = sys.exc_info()
    return logging.LogRecord(logger, logging.ERROR, "x.py", 1, message, (), info)


def _raise(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()], ids=["json", "text"])
def test_only_type_and_frames_of_a_library_s_exception_are_logged(formatter: logging.Formatter) -> None:
    cause = ValueError("hunter2")
    cause.__cause__ = KeyError("hunter2")
    text = formatter.format(_record("It failed", raised=cause))
    assert "hunter2" not in text
    assert "ValueError" in text
    assert "test_logs.py" in text


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()], ids=["json", "text"])
def test_the_exception_of_a_lost_task_is_not_logged(formatter: logging.Formatter) -> None:
    message = "Task exception was never retrieved\nfuture: <Task exception=ValueError('hunter2')>"
    text = formatter.format(_record(message, logger="asyncio", raised=ValueError("hunter2")))
    assert "never retrieved" in text
    assert "hunter2" not in text


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()], ids=["json", "text"])
def test_a_library_s_message_cannot_look_like_another_line(formatter: logging.Formatter) -> None:
    text = formatter.format(_record("a\n2026-01-01T00:00:00.000Z INFO x: y\x1b[2J\x9b\u2028\u202e\ud800\0"))
    first, *further = text.split("\n")
    assert first.isprintable()
    assert all(line.startswith("    ") and line.isprintable() for line in further)
    assert text.isascii()
