"""Revalidates the tokens of open connections: detects expiry, revocation and lost scopes.

A connection that does nothing costs nothing. A token is looked up again when its organization's log has an event about
it and when its own end has come. One query for all tokens, every half minute, finds what the log does not tell.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adapters.database import ChangeDetector
from kit.detached_tasks import keep
from kit.shared_tasks import start_shared
from models import Event, Scope, is_id
from resolvers import tokens
from resolvers.context import Viewer, utc_now
from resolvers.events.tail import Tails
from resolvers.refusals import Forbidden, Refusal, Unauthenticated
from web.auth.authenticator import Authenticator

# Leaves time to close all affected connections within 5 seconds.
_SECONDS = 3.0
_QUERY_EVERY = 10  # times _SECONDS
_RETRY_SECONDS = 1.0

_Grant = tuple[str, frozenset[Scope]]
_Notify = Callable[[Refusal], None]
_logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Watched:
    """A grant of open connections: an Authorization header's value, its viewer, and those to notify of its loss."""

    authorization: str
    viewer: Viewer
    listeners: set[_Notify] = field(default_factory=set)
    looking: bool = False
    again: bool = False  # something happened during the look-up, which may have read too early

    @property
    def is_token(self) -> bool:
        """Whether it is an API token. The identity provider's tokens are not in the database."""
        return is_id("token", self.viewer.id)


class Revalidation:
    """Revalidates each grant once for all connections that share it."""

    def __init__(self, authenticator: Authenticator, tails: Tails, seconds: float = _SECONDS) -> None:
        self._authenticator = authenticator
        self._tails = tails
        self._seconds = seconds
        self._watched: dict[_Grant, _Watched] = {}
        self._of_token: dict[str, set[_Watched]] = {}
        self._task: asyncio.Task[None] | None = None
        self._changes = ChangeDetector()
        tails.add_observer(self._observe)

    def when_lost(self, authorization: str, viewer: Viewer, notify: _Notify) -> Callable[[], None]:
        """Calls `notify` once the token is invalid or lacks one of the scopes. Call the result to stop that."""
        grant = (authorization, viewer.scopes)
        if grant not in self._watched:
            self._watch(grant, viewer)
        watched = self._watched[grant]
        watched.listeners.add(notify)

        def stop() -> None:
            watched.listeners.discard(notify)
            if not watched.listeners and self._watched.get(grant) is watched:
                self._forget(grant)

        return stop

    async def lost(self, authorization: str, viewer: Viewer) -> Refusal:
        """Waits until the token is invalid or lacks one of the scopes; returns the reason."""
        refusals = asyncio.Queue[Refusal]()
        stop = self.when_lost(authorization, viewer, refusals.put_nowait)
        try:
            return await refusals.get()
        finally:
            stop()

    def _watch(self, grant: _Grant, viewer: Viewer) -> None:
        watched = self._watched[grant] = _Watched(grant[0], viewer)
        if self._task is None:
            self._task = start_shared(self._run())
        if watched.is_token:
            self._of_token.setdefault(viewer.id, set()).add(watched)
            tail = self._tails.join(viewer.organization)
            if tail.position > viewer.organization.position:  # it has read beyond the look-up of the token
                self._look_up(watched)

    def _forget(self, grant: _Grant) -> None:
        watched = self._watched.pop(grant)
        if watched.is_token:
            self._tails.leave(watched.viewer.organization.id)
            same = self._of_token[watched.viewer.id]
            same.discard(watched)
            if not same:
                del self._of_token[watched.viewer.id]
        if not self._watched and self._task:
            self._task.cancel()
            self._task = None

    def _observe(self, events: Sequence[Event]) -> None:
        for event in events:
            for watched in self._of_token.get(event.subject, ()):
                self._look_up(watched)

    async def _run(self) -> None:
        """Looks for the ends of tokens, and now and then for what the log does not tell, until cancelled."""
        rounds = 0
        while True:
            await asyncio.sleep(self._seconds)
            rounds += 1
            now = utc_now()
            for watched in self._watched.values():
                if watched.viewer.expires_at is not None and watched.viewer.expires_at <= now:
                    self._look_up(watched)
            if rounds % _QUERY_EVERY == 0:
                try:
                    await self._look_for_lost()
                except Exception as error:  # noqa: BLE001 - no proof that a token is invalid
                    _logger.warning("Revalidation of all tokens failed (%s); retrying.", type(error).__name__)

    async def _look_for_lost(self) -> None:
        """Looks up tokens whose loss is not in the log: an operator's SQL, or a key that the provider has withdrawn."""
        async with self._changes.since_last() as changed:
            if changed and self._of_token:
                await self._look_for_lost_tokens()
        for watched in [each for each in self._watched.values() if not each.is_token]:
            await asyncio.sleep(0)  # verifying a signature takes a while
            if not await self._authenticator.is_still_signed(watched.authorization):
                self._look_up(watched)

    async def _look_for_lost_tokens(self) -> None:
        watched_tokens = [each for each in self._watched.values() if each.is_token]
        valid = await tokens.valid_scopes({each.viewer.id for each in watched_tokens}, utc_now())
        for watched in watched_tokens:
            if not watched.viewer.scopes <= valid.get(watched.viewer.id, frozenset()):
                self._look_up(watched)

    def _look_up(self, watched: _Watched) -> None:
        if watched.looking:
            watched.again = True
            return
        watched.looking = True
        keep(start_shared(self._end_if_lost(watched)))

    async def _end_if_lost(self, watched: _Watched) -> None:
        try:
            refusal = await self._refusal(watched)
            while watched.again and refusal is None:
                watched.again = False
                refusal = await self._refusal(watched)
        finally:
            watched.looking = watched.again = False
        grant = (watched.authorization, watched.viewer.scopes)
        if refusal and self._watched.get(grant) is watched:
            self._forget(grant)
            for notify in watched.listeners:
                notify(refusal)

    async def _refusal(self, watched: _Watched) -> Refusal | None:
        """Why the grant is lost; None if it is not, or if nobody is connected with it any more."""
        while watched.listeners:
            try:
                viewer = await self._authenticator.authenticate_again(watched.authorization)
            except Unauthenticated as refusal:
                return refusal
            except Exception as error:  # noqa: BLE001 - no proof that the token is invalid
                _logger.warning("Revalidation of a token failed (%s); retrying.", type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            missing = watched.viewer.scopes - viewer.scopes
            return Forbidden(min(missing)) if missing else None
        return None
