"""Refreshes that are interrupted, or that another process has done meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from models import Credential
from startup.database import open_database
from tests.support.actions import kinds
from tests.support.apps import Installed, age, app_settings, install
from tests.support.client import Client
from tests.support.gate import Gate, open_gate
from tests.support.organizations import new_tenant
from tests.support.ports import own_port
from tests.support.servers import RunningServer, running_server

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_PATH = "/v1/oauth/token"
_OVER = timedelta(seconds=-1)
_ROUNDS = 3
_TOKENS = ("sealed_secret", "sealed_refresh_token", "access_expires_at")


@dataclass(frozen=True, slots=True)
class _World:
    """A server with the sandbox, which stays, and others with its database that ask the sandbox through a gate."""

    folder: Path
    server: RunningServer
    gate: Gate
    partner: Client

    def another(self, stack: ExitStack) -> tuple[RunningServer, Client]:
        port = int(self.server.address.rpartition(":")[2])
        given = app_settings(port) | {
            "PORT": "0",
            "DATA_DIR": str(self.folder),
            "STRIPE_API_BASE": f"{self.gate.address}/sandbox",
        }
        other = stack.enter_context(running_server(self.folder / "other", **given))
        return other, replace(self.partner, address=other.address)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[_World]:
    with running_server(tmp_path, **app_settings(own_port())) as server:
        async with open_gate(server.address) as gate, open_database(server.settings):
            tenant = await new_tenant(server)
            yield _World(tmp_path, server, gate, tenant.client)


async def test_a_refusal_counts_only_if_the_row_has_the_refused_token(world: _World) -> None:
    """Another process has refreshed and stored while this one's call was on its way."""
    installed = await install(world.partner)
    old = await _tokens(installed)
    await age(installed, _OVER)
    first = await installed.reveal()
    new = await _tokens(installed)
    await _put(installed, old | {"access_expires_at": datetime.now(UTC)})
    before = await kinds(world.partner)
    with ExitStack() as stack, world.gate.holding(_PATH) as hold:
        _, other = world.another(stack)
        revealing = asyncio.create_task(installed.reveal(other))
        await hold.arrival()
        await _put(installed, new)
        hold.open()
        result = await revealing
    assert result["secretKey"] == first["secretKey"]
    assert (await kinds(world.partner))[len(before) :] == ["SECRET_REVEALED"]


async def test_an_answer_that_comes_after_a_refusal_revives(world: _World) -> None:
    """The process that got the new tokens was slow to store them, and another one was refused with the old one."""
    installed = await install(world.partner)
    await age(installed, _OVER)
    with ExitStack() as stack, world.gate.holding(_PATH, answered=True) as hold:
        _, other = world.another(stack)
        revealing = asyncio.create_task(installed.reveal(other))
        await hold.arrival()
        await Credential.filter(id=installed.credential_id).update(refresh_claimed_until=datetime.now(UTC))
        refused = await installed.reveal()
        hold.open()
        await revealing
    assert refused["credential"] == {"status": "DISCONNECTED", "problem": "REFRESH_FAILED"}
    revealed = await installed.reveal()
    assert await installed.works(revealed["secretKey"])


@pytest.mark.parametrize("point", ["before the call", "after the answer", "before the commit"])
async def test_a_killed_refresh_leaves_a_token_that_works_or_is_told(world: _World, point: str) -> None:
    for number in range(_ROUNDS):
        installed = await install(world.partner, f"Acme {number}")
        await age(installed, _OVER)
        with ExitStack() as stack, world.gate.holding(_PATH, answered=point != "before the call") as hold:
            server, other = world.another(stack)
            revealing = asyncio.create_task(_ignoring_failure(installed.reveal(other)))
            await hold.arrival()
            if point == "before the commit":
                hold.open()
                await asyncio.sleep(random.uniform(0, 0.03))  # noqa: S311 - any moment is as good
            server.kill()
            claimed = (await Credential.get(id=installed.credential_id)).refresh_claimed_until
            assert claimed is None or claimed <= datetime.now(UTC) + timedelta(seconds=3)
            result = await installed.reveal()
            await revealing
        if result["__typename"] == "RevealSecretSuccess":
            assert point != "after the answer"
            assert await installed.works(result["secretKey"])
        else:
            assert point != "before the call"
            assert result["credential"] == {"status": "DISCONNECTED", "problem": "REFRESH_FAILED"}


async def _ignoring_failure(work: Any) -> None:  # noqa: ANN401 - a coroutine
    try:
        await work
    except httpx.HTTPError:
        return


async def _tokens(installed: Installed) -> dict[str, Any]:
    row = await Credential.get(id=installed.credential_id)
    return {name: getattr(row, name) for name in _TOKENS}


async def _put(installed: Installed, columns: dict[str, Any]) -> None:
    await Credential.filter(id=installed.credential_id).update(**columns)
