"""The order of the tests. Each process gets as many in a row, and takes over those that another has left in the end."""

from collections.abc import Sequence

import pytest

_LONG = {"crash", "failures"}


def longest_first(items: Sequence[pytest.Item], processes: int) -> list[pytest.Item]:
    """Deals the longest tests to the processes, as their first ones, so that none waits for another's in the end."""
    long = [item for item in items if item.path.parent.name in _LONG]
    others = [item for item in items if item.path.parent.name not in _LONG]
    ordered: list[pytest.Item] = []
    for number in range(processes):
        dealt = long[number::processes]
        count = (len(items) - len(ordered)) // (processes - number) - len(dealt)
        ordered += dealt + others[:count]
        others = others[count:]
    return ordered
