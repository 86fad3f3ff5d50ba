"""The table in docs/limits.md has the number of attacks of each kind."""

import pytest

from tests.abuse.documents import ATTACKS
from tests.abuse.requests import BODIES, MESSAGES, VARIABLES
from tests.abuse.test_generated import EXAMPLES
from tests.abuse.test_slow_clients import SLOW
from tests.support.readme import page

_PAGE = page("limits")
TRIED = {
    "Documents over HTTP": len(ATTACKS),
    "Documents over a WebSocket": len(ATTACKS),
    "Variables": len(VARIABLES),
    "Bodies and headers": len(BODIES),
    "WebSocket messages": len(MESSAGES),
    "Slow clients": len(SLOW),
    "Operations that Schemathesis makes": EXAMPLES,
}


@pytest.mark.parametrize("kind", TRIED)
def test_the_table_tells_how_many_were_tried(kind: str) -> None:
    (row,) = [line for line in _PAGE.splitlines() if line.startswith(f"| {kind} |")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[-2:] == [str(TRIED[kind]), "all"]


def test_the_table_has_no_other_rows() -> None:
    begin = _PAGE.index("| What was tried |")
    lines = _PAGE[begin:].split("\n\n")[0].splitlines()
    assert len(lines) == 2 + len(TRIED)
