"""A process is killed while it refreshes a token: the credential works afterwards, or reports that it does not.

The next need waits for the dead claim, which `ClaimWatch` gives up after four seconds at most, and asks Stripe once.
KILLED_REFRESHES is the number of kills, and KILLED_REFRESHES_SEED repeats them.
"""

import asyncio
import os
import random
import secrets
import time
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from models import Credential
from startup.database import open_database
from tests.support.apps import Installed, age, install
from tests.support.refreshing import TOKEN_PATH, World, world_in
from tests.support.secrecy import leaks

pytestmark = [pytest.mark.usefixtures("engine")]

_KILLS = int(os.environ.get("KILLED_REFRESHES", "6"))
_POINTS = ("before the call", "after the answer", "around the commit")
_LONGEST_COMMIT = 0.03
_OVER = timedelta(seconds=-1)
_REFRESH_FAILED = {"status": "DISCONNECTED", "problem": "REFRESH_FAILED"}


@pytest.mark.timeout(60 + 60 * _KILLS)  # each starts a server
async def test_a_killed_refresh_leaves_a_token_that_works_or_is_reported(tmp_path: Path) -> None:
    seed = int(os.environ.get("KILLED_REFRESHES_SEED", secrets.randbits(32)))
    chance, outcomes, waits = random.Random(seed), Counter[tuple[str, str]](), list[float]()  # noqa: S311
    async with world_in(tmp_path) as world, open_database(world.server.settings):
        for number in range(_KILLS):
            point = _POINTS[number % len(_POINTS)]
            installed = await install(world.partner, f"Acme {number}")
            await age(installed, _OVER)
            result, seconds = await _killed(world, installed, point, chance.uniform(0, _LONGEST_COMMIT))
            waits.append(seconds)
            outcomes[point, await _outcome(installed, result)] += 1
        logged = world.server.log.read_text() + (tmp_path / "other" / "server.log").read_text()
    print(f"seed {seed}: {dict(outcomes)}, the longest next need took {max(waits):.1f} s")  # noqa: T201 - for a long run
    assert "dead" not in {outcome for _, outcome in outcomes}, f"The seed was {seed}."
    assert {outcome for point, outcome in outcomes if point == "before the call"} == {"works"}
    assert {outcome for point, outcome in outcomes if point == "after the answer"} == {"reported"}
    assert "Traceback" not in logged
    assert leaks(logged) == []


async def _killed(world: World, installed: Installed, point: str, seconds: float) -> tuple[dict[str, Any], float]:
    """Lets another server refresh, and kills it at this point, or so many seconds after Stripe's answer.

    Returns the result of the next need, and how long that took. A held call never arrives at Stripe before it, so all
    calls that arrive meanwhile are those of the need.
    """
    with ExitStack() as stack, world.gate.holding(TOKEN_PATH, answered=point != _POINTS[0]) as hold:
        server, client = world.another(stack)
        revealing = asyncio.create_task(_ignoring_its_end(installed.reveal(client)))
        await hold.arrival()
        if point == "around the commit":
            hold.open()
            await asyncio.sleep(seconds)
        server.kill()
        await revealing
        began, asked = time.monotonic(), await _calls(installed)
        result = await installed.reveal()
        seconds = time.monotonic() - began
        assert await _calls(installed) - asked <= 1, "Stripe was asked again"
        return result, seconds


async def _calls(installed: Installed) -> int:
    """How many calls to the token endpoint have been answered."""
    return await installed.refreshes() + await installed.stripe.refused_calls()


async def _outcome(installed: Installed, result: dict[str, Any]) -> str:
    if result["__typename"] == "RevealSecretSuccess":
        return "works" if await installed.works(result["secretKey"]) else "dead"
    assert result["credential"] == _REFRESH_FAILED
    row = await Credential.get(id=installed.credential_id)
    assert (row.status, row.problem) == tuple(_REFRESH_FAILED.values())
    return "reported"


async def _ignoring_its_end(revealing: Any) -> None:  # noqa: ANN401 - a coroutine
    with suppress(httpx.HTTPError):
        await revealing
