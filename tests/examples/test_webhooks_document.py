"""docs/webhooks.md: both receivers verify, drop repeats and keep the order; the verification is the libraries' own."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from standardwebhooks import Webhook

from tests.support.actions import add_endpoint, add_integration, history
from tests.support.client_libraries import MODULES
from tests.support.deliveries import attempts, caught_up
from tests.support.documents import REPLAY_EVENTS, ROTATE_WEBHOOK_SECRET
from tests.support.malformed_webhooks import send_malformed
from tests.support.node import NODE
from tests.support.organizations import Tenant, new_tenant
from tests.support.plain import plain_client
from tests.support.ports import own_port
from tests.support.readme import code_blocks, page
from tests.support.secrecy import keep
from tests.support.servers import RunningServer
from tests.support.waiting import until

_COMMANDS = {
    "python": (sys.executable, "-W", "error", "-m", "uvicorn", "receiver:app", "--port"),
    "js": (NODE, "receiver.mjs"),
}


@pytest.fixture
async def tenant(shared: RunningServer) -> Tenant:
    return await new_tenant(shared)


def _written(folder: Path, language: str, port: int, secret: str) -> list[str]:
    """Writes the page's receiver, and returns the command that runs it."""
    (program,) = code_blocks(language, page("webhooks"))
    for shown in ("whsec_…", "inbox.sqlite3"):
        assert program.count(shown) == 1
    program = program.replace("whsec_…", secret)
    if language == "python":
        assert "uvicorn receiver:app --port 9000" in page("webhooks")
        (folder / "receiver.py").write_text(program)
        return [*_COMMANDS[language], str(port)]
    assert program.count("9000") == 1
    (folder / "receiver.mjs").write_text(program.replace("9000", str(port)))
    (folder / "node_modules").symlink_to(MODULES)
    return [*_COMMANDS[language]]


@asynccontextmanager
async def _running(folder: Path, language: str, port: int, secret: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(*_written(folder, language, port, secret), cwd=folder)

    async def is_listening() -> bool:
        assert process.returncode is None
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await until(is_listening)
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _inbox(folder: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(folder / "inbox.sqlite3")) as database:
        rows = database.execute("SELECT message FROM inbox ORDER BY position").fetchall()
    return [dict(orjson.loads(message)) for (message,) in rows]


async def _post(port: int, secret: str, at: datetime, signed: str = "{}", sent: str = "{}") -> int:
    signature = Webhook(secret).sign("msg_1", at, signed)
    timestamp = str(int(at.timestamp()))
    headers = {"webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature}
    async with plain_client() as client:
        return (await client.post(f"http://localhost:{port}/drawbridge", content=sent, headers=headers)).status_code


@pytest.mark.parametrize("language", ["python", "js"])
async def test_the_receiver_stores_each_event_once_and_in_order(tenant: Tenant, language: str, tmp_path: Path) -> None:
    port, client = own_port(), tenant.client
    endpoint = await add_endpoint(client, url=f"http://localhost:{port}/drawbridge")
    async with _running(tmp_path, language, port, endpoint["secret"]):
        await add_integration(client, "Billing")
        await caught_up(client, endpoint["id"])
        replay = {"id": endpoint["id"], "after": endpoint["cursor"]}
        assert (await client.result(REPLAY_EVENTS, input=replay))["__typename"] == "ReplayWebhookEventsSuccess"
        await caught_up(client, endpoint["id"])
        rotated = await client.result(ROTATE_WEBHOOK_SECRET, input={"id": endpoint["id"]})
        assert keep(rotated["secret"]) != endpoint["secret"]
        await add_integration(client, "Donations")
        await caught_up(client, endpoint["id"])
    stored = [message["data"]["cursor"] for message in _inbox(tmp_path)]
    events = [event["cursor"] for event in await history(client, endpoint["cursor"])]
    assert stored == events
    outcomes = [attempt["outcome"] for attempt in await attempts(client, endpoint["id"])]
    assert outcomes == ["DELIVERED"] * (len(events) + 2), "two of them were repeated"


@pytest.mark.parametrize("language", ["python", "js"])
async def test_the_receiver_refuses_what_it_cannot_verify(language: str, tmp_path: Path) -> None:
    port, secret, other, now = own_port(), "whsec_" + "A" * 32, "whsec_" + "B" * 32, datetime.now(UTC)
    async with _running(tmp_path, language, port, secret):
        assert await _post(port, other, now) == 401
        assert await _post(port, secret, now, sent='{"type": "forged"}') == 401
        assert await _post(port, secret, now - timedelta(minutes=6)) == 401
        await send_malformed(port, "/drawbridge")
        assert _inbox(tmp_path) == []
        assert await _post(port, secret, now) == 204
        assert await _post(port, secret, now) == 204
        assert _inbox(tmp_path) == [{}]
