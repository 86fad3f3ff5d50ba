"""Notices that those who stay connected have lost their token, or a scope."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from models import Scope
from resolvers.context import Viewer
from resolvers.refusals import Forbidden, Refusal, Unauthenticated

# So that all is ended within 5 seconds.
_SECONDS = 3.0

_Watched = tuple[str, frozenset[Scope]]
_logger = logging.getLogger(__name__)


class Watch:
    """Looks again every few seconds who is asking: once for all who are connected with the same token."""

    def __init__(self, look_up: Callable[[str], Awaitable[Viewer | None]], seconds: float = _SECONDS) -> None:
        """Takes what finds the viewer that an Authorization value names, or raises Unauthenticated; and how often."""
        self._look_up = look_up
        self._seconds = seconds
        self._tasks: dict[_Watched, asyncio.Task[Refusal]] = {}
        self._waiting = Counter[_Watched]()

    async def lost(self, authorization: str, scopes: frozenset[Scope]) -> Refusal:
        """Waits until the authorization is void or lacks one of the scopes, and returns what tells of it."""
        watched = (authorization, scopes)
        if watched not in self._tasks:
            self._tasks[watched] = asyncio.create_task(self._until_lost(authorization, scopes))
        task = self._tasks[watched]
        self._waiting[watched] += 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting[watched] -= 1
            if not self._waiting[watched]:
                del self._waiting[watched], self._tasks[watched]
                task.cancel()

    async def _until_lost(self, authorization: str, scopes: frozenset[Scope]) -> Refusal:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                viewer = await self._look_up(authorization)
            except Unauthenticated as refusal:
                return refusal
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody knows better for now
                _logger.warning("Looking up a viewer again failed (%s); trying again.", type(error).__name__)
                continue
            if missing := scopes - (viewer.scopes if viewer else frozenset()):
                return Forbidden(min(missing))
