"""Repeated kill -9 during writes and subscriptions loses, repeats and hides nothing."""

import secrets
from pathlib import Path

import pytest

from tests.crash.crashing import crash
from tests.support.secrecy import leaks

pytestmark = pytest.mark.usefixtures("engine")

_KILLS = 12


@pytest.mark.timeout(900)  # usually twenty seconds, but it starts thirteen servers, which is slow on a loaded machine
async def test_twelve_kills_lose_nothing_make_nothing_happen_twice_and_hide_nothing(tmp_path: Path) -> None:
    seed = secrets.randbits(32)
    story = await crash(tmp_path, _KILLS, seed)
    assert list(story.discrepancies()) == [], f"The seed was {seed}."
    assert "Traceback" not in story.log
    assert leaks(story.log) == []
    assert sum(writer.interrupted for writer in story.writers) >= _KILLS / 4, "the kills came while nobody wrote"
    assert min(follower.connections for follower in story.followers) > _KILLS
