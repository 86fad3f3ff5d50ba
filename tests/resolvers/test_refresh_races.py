"""Refreshes that another process has done meanwhile, or that take longer than a claim."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models import Credential
from startup.database import open_database
from tests.support.actions import kinds
from tests.support.apps import Installed, age, install
from tests.support.refreshing import TOKEN_PATH, World, world_in

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.slow]

_OVER = timedelta(seconds=-1)
_TOKENS = ("sealed_secret", "sealed_refresh_token", "access_expires_at")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with world_in(tmp_path) as world, open_database(world.server.settings):
        yield world


async def test_a_refusal_counts_only_if_the_row_has_the_refused_token(world: World) -> None:
    """Another process has refreshed and stored while this one's call was on its way."""
    installed = await install(world.partner)
    old = await _tokens(installed)
    await age(installed, _OVER)
    first = await installed.reveal()
    new = await _tokens(installed)
    await _put(installed, old | {"access_expires_at": datetime.now(UTC)})
    before = await kinds(world.partner)
    with ExitStack() as stack, world.gate.holding(TOKEN_PATH) as hold:
        _, other = world.another(stack)
        revealing = asyncio.create_task(installed.reveal(other))
        await hold.arrival()
        await _put(installed, new)
        hold.open()
        result = await revealing
    assert result["secretKey"] == first["secretKey"]
    assert (await kinds(world.partner))[len(before) :] == ["SECRET_REVEALED"]


async def test_an_answer_that_comes_after_a_refusal_revives(world: World) -> None:
    """The process that got the new tokens was slow to store them, and another one was refused with the old one."""
    installed = await install(world.partner)
    await age(installed, _OVER)
    with ExitStack() as stack, world.gate.holding(TOKEN_PATH, answered=True) as hold:
        _, other = world.another(stack)
        revealing = asyncio.create_task(installed.reveal(other))
        await hold.arrival()
        await Credential.filter(id=installed.credential_id).update(refresh_claimed_until=None)  # it was not renewed
        refused = await installed.reveal()
        hold.open()
        await revealing
    assert refused["credential"] == {"status": "DISCONNECTED", "problem": "REFRESH_FAILED"}
    revealed = await installed.reveal()
    assert await installed.works(revealed["secretKey"])


async def _tokens(installed: Installed) -> dict[str, Any]:
    row = await Credential.get(id=installed.credential_id)
    return {name: getattr(row, name) for name in _TOKENS}


async def _put(installed: Installed, columns: dict[str, Any]) -> None:
    await Credential.filter(id=installed.credential_id).update(**columns)
