"""Log lines of a task that serves several clients name none of them."""

import asyncio
import json
import sqlite3
from contextlib import closing
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kit.request_ids import CLIENT, REQUEST_ID
from kit.shared_tasks import start_shared
from tests.support.client import Client
from tests.support.documents import EVENT_CURSOR, FOLLOW, ISSUE_TOKEN
from tests.support.organizations import new_tenant
from tests.support.secrecy import keep
from tests.support.servers import RunningServer, running_server
from tests.support.waiting import until

_MESSAGES = ("Looking for new events failed", "Revalidation of a token failed")
_OTHER = ContextVar("other", default="nothing")


def _lines(server: RunningServer, message: str) -> list[dict[str, Any]]:
    """The lines whose message begins so."""
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    return [line for line in lines if line["message"].startswith(message)]


def _is_logged(server: RunningServer, message: str) -> bool:
    return _lines(server, message) != []


async def _soon_expiring(client: Client) -> Client:
    expires_at = (datetime.now(UTC) + timedelta(seconds=10)).isoformat()
    issued = await client.result(
        ISSUE_TOKEN, input={"name": "Short", "scopes": ["READ", "MANAGE_TOKENS"], "expiresAt": expires_at}
    )
    return replace(client, token=keep(issued["secret"]))


@pytest.mark.slow
@pytest.mark.usefixtures("sqlite")
async def test_reading_the_log_and_revalidating_name_no_client(tmp_path: Path) -> None:
    with running_server(tmp_path, LOG_FORMAT="json") as server:
        client = (await new_tenant(server)).client
        cursor = (await client.execute(EVENT_CURSOR))["eventCursor"]
        short = await _soon_expiring(client)
        async with short.socket(headers={"X-Request-ID": "first"}) as socket:
            await socket.subscribe(FOLLOW, after=cursor)
            await socket.next()
            with closing(sqlite3.connect(server.settings.database.sqlite_path)) as database:
                for table in ("organizations", "api_tokens"):
                    database.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
            for message in _MESSAGES:
                await until(partial(_is_logged, server, message))
                for line in _lines(server, message):
                    assert not {"client", "request_id"} & line.keys()


async def test_a_shared_task_keeps_the_rest_of_its_context() -> None:
    async def seen() -> tuple[str | None, str | None, str]:
        return CLIENT.get(), REQUEST_ID.get(), _OTHER.get()

    async def request() -> None:
        CLIENT.set("192.0.2.1")
        REQUEST_ID.set("first")
        _OTHER.set("kept")
        assert await start_shared(seen()) == (None, None, "kept")
        assert await seen() == ("192.0.2.1", "first", "kept")

    await asyncio.create_task(request())
