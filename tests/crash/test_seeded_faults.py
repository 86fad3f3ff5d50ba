"""The crash test finds seeded faults of the server; otherwise its success would prove nothing."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash import faulty_server
from tests.crash.comparison import Kind
from tests.crash.crashing import crash

# A kill may miss the moment at which a fault is visible, and often does on a slow machine.
_KILLS = 15

pytestmark = pytest.mark.usefixtures("engine")


@pytest.mark.timeout(1800)  # each try starts a server and kills it, and chance decides how many it takes
@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        pytest.param(faulty_server.announce_before_the_commit, {Kind.INVENTED, Kind.SKIPPED}, id="announced early"),
        pytest.param(faulty_server.resume_too_early, {Kind.DOUBLED}, id="resumed early"),
        pytest.param(faulty_server.resume_too_late, {Kind.SKIPPED}, id="resumed late"),
        pytest.param(faulty_server.append_after_the_commit, {Kind.UNTOLD}, id="event apart"),
        pytest.param(faulty_server.keep_the_answer_after_the_commit, {Kind.TWICE}, id="answer apart"),
    ],
)
async def test_it_finds(tmp_path: Path, fault: Callable[[], None], kinds: set[Kind]) -> None:
    seed = secrets.randbits(32)
    program = ("-m", "tests.crash.faulty_server", fault.__name__)
    found: set[Kind] = set()
    for number in range(_KILLS):
        story = await crash(tmp_path / str(number), 1, seed + number, program, {"STRIPE_TIMEOUT_SECONDS": "0.5"})
        found |= {discrepancy.kind for discrepancy in story.discrepancies()}
        if kinds <= found:
            return
    message = f"The seeds were {seed} and the next ones: {found}"
    raise AssertionError(message)
