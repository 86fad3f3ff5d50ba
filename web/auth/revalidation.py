"""Notices that those who stay connected have lost their token, or a scope."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from models import Scope
from resolvers.context import Viewer
from resolvers.refusals import Forbidden, Refusal, Unauthenticated

# So that all is ended within 5 seconds.
_SECONDS = 3.0

_Watched = tuple[str, frozenset[Scope]]
_Tell = Callable[[Refusal], None]
_logger = logging.getLogger(__name__)


class Revalidation:
    """Looks again every few seconds who is asking: once for all who are connected with the same token."""

    def __init__(self, look_up: Callable[[str], Awaitable[Viewer | None]], seconds: float = _SECONDS) -> None:
        """Takes what finds the viewer that an Authorization value names, or raises Unauthenticated; and how often."""
        self._look_up = look_up
        self._seconds = seconds
        self._tasks: dict[_Watched, asyncio.Task[None]] = {}
        self._told: dict[_Watched, set[_Tell]] = {}

    def when_lost(self, authorization: str, scopes: frozenset[Scope], tell: _Tell) -> Callable[[], None]:
        """Calls `tell` once the authorization is void or lacks one of the scopes, until what it returns is called."""
        watched = (authorization, scopes)
        if watched not in self._told:
            self._told[watched] = set()
            self._tasks[watched] = asyncio.create_task(self._watch(watched))
        told = self._told[watched]
        told.add(tell)

        def leave() -> None:
            told.discard(tell)
            if not told and self._told.get(watched) is told:
                del self._told[watched]
                self._tasks.pop(watched).cancel()

        return leave

    async def lost(self, authorization: str, scopes: frozenset[Scope]) -> Refusal:
        """Waits until then, and returns what tells of it."""
        refusals = asyncio.Queue[Refusal]()
        leave = self.when_lost(authorization, scopes, refusals.put_nowait)
        try:
            return await refusals.get()
        finally:
            leave()

    async def _watch(self, watched: _Watched) -> None:
        refusal = await self._until_lost(*watched)
        del self._tasks[watched]
        for tell in self._told.pop(watched):
            tell(refusal)

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
