"""Rotating encryption keys: no secret is lost, even with concurrent writes or when rotation is killed."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from models import Credential
from startup.database import open_database
from tests.support import oauth
from tests.support.actions import add_credential, kinds
from tests.support.client import Client
from tests.support.databases import ask
from tests.support.documents import (
    CREATE_CREDENTIAL,
    INTEGRATION,
    REVEAL_SECRET,
    ROTATE_WEBHOOK_SECRET,
    UPDATE_CREDENTIAL,
    VERIFY_CREDENTIAL,
)
from tests.support.encryption import encryption_key, store_integrations
from tests.support.endpoints import resting_endpoint, signing_secrets
from tests.support.listening import listening
from tests.support.organizations import Tenant, new_tenant
from tests.support.previous import Replaced, replaced, reveal
from tests.support.secrecy import keep, secret_key
from tests.support.servers import ROOT, RunningServer, environment, run_program, running_server
from tests.support.waiting import PATIENCE, until

pytestmark = pytest.mark.slow

_OLD, _NEW = encryption_key("old"), encryption_key("new")
_BOTH = f"{_NEW},{_OLD}"
_MANY = 1000
_WRITTEN = 10
_IDEMPOTENT = {"input": {"name": "Once", "secretKey": secret_key()}}
_ACCOUNT = b'{"id": "acct_1Stub", "object": "account", "country": "US", "default_currency": "usd"}'


def _rotate(folder: Path, *arguments: str) -> dict[str, int]:
    """Runs the command, and returns its counts by their labels."""
    done = run_program("cli.py", "rotate-keys", *arguments, env=environment(folder, ENCRYPTION_KEYS=_BOTH))
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"(\d+ of \d+ rows\n)*(\d+) of \2 rows\n", done.stderr)
    counts = re.findall(r"(\d+) (sealed texts|to be resealed|resealed|already|unreadable)", done.stdout)
    return {name: int(count) for count, name in counts}


async def _begin_and_kill(server: RunningServer, folder: Path) -> None:
    """Kills a rotation after its first batch: it blocks there, because it cannot write its progress to a full pipe."""
    command = [sys.executable, str(ROOT / "cli.py"), "rotate-keys"]
    env = environment(folder, ENCRYPTION_KEYS=_BOTH)
    with _full_pipe() as pipe:
        process = await asyncio.create_subprocess_exec(*command, env=env, cwd="/", stdout=subprocess.PIPE, stderr=pipe)
        await until(partial(_has_begun, server))
        process.kill()
        assert (await process.communicate())[0] == b"", "it was killed too late"


@contextmanager
def _full_pipe() -> Iterator[int]:
    """A full pipe, which blocks its writers."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b" " * 4096)
    os.set_blocking(writing, True)
    yield writing
    os.close(writing)
    os.close(reading)


async def _has_begun(server: RunningServer) -> bool:
    return await _sealed_with(server, "old") < _MANY - 2 * _WRITTEN


async def _sealed_with(server: RunningServer, key_id: str) -> int:
    """The number of texts in the database that are sealed with this key."""
    columns = [
        "sealed_secret FROM credentials",
        "sealed_previous_secret FROM credentials",
        "sealed_answer FROM idempotent_requests",
        "sealed_token FROM withdrawals",
        "sealed_secret FROM webhook_endpoints",
        "sealed_previous_secret FROM webhook_endpoints",
        "sealed FROM canaries",
    ]
    async with open_database(server.settings):
        rows = [row for column in columns for row in await ask(f"SELECT {column}")]
    return [str(text).startswith(f"v1.{key_id}.") for row in rows for text in row.values()].count(True)


async def _once(client: Client) -> httpx.Response:
    """Sends the same request with the same Idempotency-Key on every call."""
    request = {"query": CREATE_CREDENTIAL, "variables": _IDEMPOTENT}
    return await client.send(json=request, headers={"Idempotency-Key": "rotation"})


async def _reveal(client: Client, integration_id: str) -> str:
    result = await client.result(REVEAL_SECRET, input={"integrationId": integration_id, "reason": "test"})
    assert result["__typename"] == "RevealSecretSuccess", result
    return str(result["secretKey"])


async def _replace_keys(client: Client, integrations: dict[str, str], stop: asyncio.Event) -> None:
    """Replaces one Stripe key after the other, and records the new ones."""
    while not stop.is_set():
        for id_ in integrations:
            integrations[id_] = await asyncio.wait_for(_replace_key(client, id_), PATIENCE)


async def _replace_key(client: Client, integration_id: str) -> str:
    key = secret_key()
    credential = (await client.result(INTEGRATION, id=integration_id))["credential"]
    result = await client.result(UPDATE_CREDENTIAL, input={"id": credential["id"], "secretKey": key})
    assert result["__typename"] == "UpdateCredentialSuccess", result
    return key


@dataclass(frozen=True, slots=True)
class _Stored:
    """The data that a server stored while it had only the old key."""

    tenant: Tenant
    keys: dict[str, str]
    answer: Any
    connected: dict[str, Any]
    replaced: Replaced
    endpoint: dict[str, Any]
    signing: tuple[str, str | None]

    def at(self, server: RunningServer) -> Client:
        return replace(self.tenant.client, address=server.address)


async def _store(folder: Path) -> _Stored:
    with running_server(folder, ENCRYPTION_KEYS=_OLD) as server:
        tenant = await new_tenant(server)
        answer = (await _once(tenant.client)).json()
        connected = await oauth.connect(tenant.client)
        kept = await replaced(tenant.client)
        endpoint = await resting_endpoint(tenant.client)
        keep((await tenant.client.result(ROTATE_WEBHOOK_SECRET, input={"id": endpoint["id"]}))["secret"])
        signing = await signing_secrets(server, endpoint)
        keys = await store_integrations(server.settings, tenant.name, _OLD, _MANY)
    return _Stored(tenant, keys, answer, connected, kept, endpoint, signing)


@pytest.mark.usefixtures("engine")
async def test_keys_are_rotated_under_load_and_after_a_kill_and_the_old_one_can_go(tmp_path: Path) -> None:
    stored = await _store(tmp_path)
    written = dict(list(stored.keys.items())[:: _MANY // _WRITTEN])
    with running_server(tmp_path, ENCRYPTION_KEYS=_BOTH) as server:
        stop = asyncio.Event()
        halves = [dict(list(written.items())[half::2]) for half in range(2)]
        writers = [asyncio.create_task(_replace_keys(stored.at(server), half, stop)) for half in halves]
        await _begin_and_kill(server, tmp_path)
        assert await _sealed_with(server, "old") > 0
        counted = await asyncio.to_thread(_rotate, tmp_path)
        stop.set()
        await asyncio.gather(*writers)
        assert await _sealed_with(server, "old") == 0
    assert 0 < counted["resealed"] < counted["sealed texts"] - 90
    assert counted["already"] >= 90
    assert counted["unreadable"] == 0
    assert _rotate(tmp_path)["resealed"] == 0
    await _assert_all_open(tmp_path, stored, halves[0] | halves[1])


async def _assert_all_open(folder: Path, stored: _Stored, written: dict[str, str]) -> None:
    """Asserts that everything can be read without the old key."""
    some = dict(list(stored.keys.items())[:: _MANY // 20]) | written
    with running_server(folder, ENCRYPTION_KEYS=_NEW) as server:
        client = stored.at(server)
        assert {id_: await _reveal(client, id_) for id_ in some} == some
        kept = await reveal(client, stored.replaced.integration_id, "PREVIOUS")
        assert kept["secretKey"] == stored.replaced.previous
        assert await signing_secrets(server, stored.endpoint) == stored.signing
        again = await _once(client)
        assert (again.json(), again.headers["idempotency-replayed"]) == (stored.answer, "true")
        async with open_database(server.settings):
            assert await Credential.filter(status="CONNECTED").count() == _MANY + 3


@pytest.mark.usefixtures("sqlite")
async def test_a_dry_run_changes_nothing_and_a_rotation_nothing_that_clients_see(tmp_path: Path) -> None:
    # A check that comes due in the meantime would add an event.
    with running_server(tmp_path, ENCRYPTION_KEYS=_BOTH, VERIFY_INTERVAL_HOURS="0") as server:
        tenant = await new_tenant(server)
        ids = [*await store_integrations(server.settings, tenant.name, _OLD, 3)]
        damaged = await add_credential(tenant.client, "Damaged")
        async with open_database(server.settings):
            await Credential.filter(id=damaged["id"]).update(sealed_secret="v1.old.damaged")
        await kinds(tenant.client)  # reading a damaged credential disconnects it
        before = [await tenant.client.result(INTEGRATION, id=id_) for id_ in ids], await kinds(tenant.client)
        expected = {"sealed texts": 4, "already": 0, "unreadable": 1}
        assert _rotate(tmp_path, "--dry-run") == expected | {"to be resealed": 3}
        assert await _sealed_with(server, "old") == 4
        assert _rotate(tmp_path) == expected | {"resealed": 3}
        assert await _sealed_with(server, "old") == 1
        assert before == ([await tenant.client.result(INTEGRATION, id=id_) for id_ in ids], await kinds(tenant.client))
        assert _rotate(tmp_path, "--dry-run") == expected | {"to be resealed": 0, "already": 3}


@pytest.mark.usefixtures("sqlite")
async def test_what_stripe_answers_during_a_rotation_is_noted(tmp_path: Path) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def stripe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await answer.wait()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(_ACCOUNT)}\r\n"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + _ACCOUNT)

    async with listening(stripe) as port:
        base = f"http://127.0.0.1:{port}"
        changes = {"ENCRYPTION_KEYS": _BOTH, "STRIPE_API_BASE": base, "STRIPE_TIMEOUT_SECONDS": "60"}
        with running_server(tmp_path, **changes) as server:
            tenant = await new_tenant(server)
            (integration_id,) = await store_integrations(server.settings, tenant.name, _OLD, 1)
            credential = (await tenant.client.result(INTEGRATION, id=integration_id))["credential"]
            verified = asyncio.create_task(tenant.client.result(VERIFY_CREDENTIAL, input={"id": credential["id"]}))
            await asked.wait()
            assert (await asyncio.to_thread(_rotate, tmp_path))["resealed"] == 1
            answer.set()
            assert (await verified)["credential"]["account"]["accountId"] == "acct_1Stub"
