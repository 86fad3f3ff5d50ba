"""Repeated kill -9 during deliveries loses no webhook, keeps their order, and repeats only those in flight.

Two servers share a PostgreSQL database. Seeded faults prove that the test finds inconsistencies. WEBHOOK_KILLS is the
number of kills, and WEBHOOK_KILLS_SEED repeats them.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash import faulty_webhooks
from tests.crash.comparison import Kind
from tests.crash.webhooks import crash_deliveries

_KILLS = int(os.environ.get("WEBHOOK_KILLS", "5"))
_TRIES = 15
_SERVERS = {"sqlite": 1, "postgres": 2}


@pytest.mark.timeout(120 + 90 * _KILLS)  # each starts a server, and waits for the claims of the one before
async def test_kills_lose_no_webhook_and_repeat_only_those_in_flight(tmp_path: Path, engine: str) -> None:
    seed = int(os.environ.get("WEBHOOK_KILLS_SEED", secrets.randbits(32)))
    story = await crash_deliveries(tmp_path, _KILLS, seed, servers=_SERVERS[engine])
    print(f"seed {seed}: {len(story.log)} events, {story.repeated} requests repeated")  # noqa: T201 - for a long run
    assert story.discrepancies() == [], f"The seed was {seed}."
    assert len(story.kills) == _KILLS
    assert story.repeated, "nothing was in flight"


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        pytest.param(faulty_webhooks.move_before_the_answer, Kind.SKIPPED, id="cursor moved early"),
        pytest.param(faulty_webhooks.forget_retries, Kind.SKIPPED, id="retry forgotten"),
    ],
)
async def test_it_finds(tmp_path: Path, engine: str, fault: Callable[[], None], kind: Kind) -> None:
    await _find(tmp_path, fault, kind, _SERVERS[engine])


@pytest.mark.timeout(900)
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)  # one server alone knows which endpoints it serves
async def test_it_finds_a_claim_that_is_ignored(tmp_path: Path, engine: str) -> None:
    await _find(tmp_path, faulty_webhooks.ignore_claims, Kind.DOUBLED, _SERVERS[engine])


async def _find(folder: Path, fault: Callable[[], None], kind: Kind, servers: int) -> None:
    seed = secrets.randbits(32)
    program = ("-m", "tests.crash.faulty_webhooks", fault.__name__)
    found: set[Kind] = set()
    for number in range(_TRIES):
        story = await crash_deliveries(folder / str(number), 1, seed + number, program, servers)
        found |= {discrepancy.kind for discrepancy in story.discrepancies()}
        if kind in found:
            return
    message = f"The seeds were {seed} and the next ones: {found}"
    raise AssertionError(message)
