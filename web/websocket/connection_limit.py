"""Limits the WebSockets that one viewer may have open at this process."""

from collections import Counter
from collections.abc import Callable


class TooManyConnectionsError(Exception):
    """The viewer has as many WebSockets as are allowed; the text says how many."""


class ConnectionLimit:
    """Counts the open WebSockets of each viewer."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def enter(self, viewer: str) -> Callable[[], None]:
        """Counts one until the result is called; raises TooManyConnectionsError."""
        if self._open[viewer] >= self._most:
            raise TooManyConnectionsError(f"Too many WebSockets: this viewer has {self._most}.")
        self._open[viewer] += 1

        def leave() -> None:
            self._open[viewer] -= 1
            if not self._open[viewer]:
                del self._open[viewer]

        return leave
