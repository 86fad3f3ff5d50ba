"""Limits the connections of each viewer that stay open, WebSockets and event streams together, per process."""

from collections import Counter
from collections.abc import Callable


class TooManyConnectionsError(Exception):
    """The viewer has as many open connections as allowed. The text goes to the client."""


class ConnectionLimit:
    """Counts the open connections of each viewer."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def enter(self, viewer: str) -> Callable[[], None]:
        """Counts a connection until the returned function is called; raises TooManyConnectionsError."""
        if self._open[viewer] >= self._most:
            raise TooManyConnectionsError(
                f"Too many WebSockets and event streams: the limit is {self._most} per viewer."
            )
        self._open[viewer] += 1

        def leave() -> None:
            self._open[viewer] -= 1
            if not self._open[viewer]:
                del self._open[viewer]

        return leave
