"""Lets other work run while a long list is completed, and thereby lets the query's timeout end it.

graphql-core completes a list in one go. Meanwhile the event loop does not turn: no other request is answered, and no
timeout fires.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

# Lists up to this length are completed in one go if the turn of the event loop has time left.
SHORT = 20
_TURN_SECONDS = 0.01


class Pace:
    """How long the present turn of the event loop has been completing lists, of all operations together."""

    def __init__(self) -> None:
        self._since: float | None = None

    def used_up(self) -> bool:
        """Whether the turn should end. Without an event loop, nobody waits."""
        now = time.monotonic()
        if self._since is None:
            try:
                asyncio.get_running_loop().call_soon(self._reset)
            except RuntimeError:
                return False
            self._since = now
        return now - self._since >= _TURN_SECONDS

    async def paced(self, items: Iterable[Any]) -> AsyncIterator[Any]:
        """The items, in as many turns as they need."""
        for item in items:
            while self.used_up():  # noqa: ASYNC110 - others have their turn; nothing is waited for
                await asyncio.sleep(0)
            yield item

    def _reset(self) -> None:
        self._since = None
