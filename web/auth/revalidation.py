"""Revalidates the tokens of open connections: detects expiry, revocation and lost scopes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from models import Scope
from resolvers.context import Viewer
from resolvers.refusals import Forbidden, Refusal, Unauthenticated

# Leaves time to close all affected connections within 5 seconds.
_SECONDS = 3.0

_Grant = tuple[str, frozenset[Scope]]
_Notify = Callable[[Refusal], None]
_logger = logging.getLogger(__name__)


class Revalidation:
    """Authenticates again every few seconds, once for all connections that share a token and scopes.

    `authenticate` returns the viewer of an Authorization header's value, or raises Unauthenticated.
    """

    def __init__(self, authenticate: Callable[[str], Awaitable[Viewer]], seconds: float = _SECONDS) -> None:
        self._authenticate = authenticate
        self._seconds = seconds
        self._tasks: dict[_Grant, asyncio.Task[None]] = {}
        self._listeners: dict[_Grant, set[_Notify]] = {}

    def when_lost(self, authorization: str, scopes: frozenset[Scope], notify: _Notify) -> Callable[[], None]:
        """Calls `notify` once the token is invalid or lacks one of the scopes. Call the result to stop that."""
        grant = (authorization, scopes)
        if grant not in self._listeners:
            self._listeners[grant] = set()
            self._tasks[grant] = asyncio.create_task(self._watch(grant))
        listeners = self._listeners[grant]
        listeners.add(notify)

        def stop() -> None:
            listeners.discard(notify)
            if not listeners and self._listeners.get(grant) is listeners:
                del self._listeners[grant]
                self._tasks.pop(grant).cancel()

        return stop

    async def lost(self, authorization: str, scopes: frozenset[Scope]) -> Refusal:
        """Waits until the token is invalid or lacks one of the scopes; returns the reason."""
        refusals = asyncio.Queue[Refusal]()
        stop = self.when_lost(authorization, scopes, refusals.put_nowait)
        try:
            return await refusals.get()
        finally:
            stop()

    async def _watch(self, grant: _Grant) -> None:
        refusal = await self._until_lost(*grant)
        del self._tasks[grant]
        for notify in self._listeners.pop(grant):
            notify(refusal)

    async def _until_lost(self, authorization: str, scopes: frozenset[Scope]) -> Refusal:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                viewer = await self._authenticate(authorization)
            except Unauthenticated as refusal:
                return refusal
            except Exception as error:  # noqa: BLE001 - no proof that the token is invalid
                _logger.warning("Revalidation of a token failed (%s); retrying.", type(error).__name__)
                continue
            if missing := scopes - viewer.scopes:
                return Forbidden(min(missing))
