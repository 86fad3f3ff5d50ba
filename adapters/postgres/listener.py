"""Rings a process's notifier for what other processes write to PostgreSQL, by LISTEN on a connection of its own.

NOTIFY is a trigger's, at the commit of whatever moves an organization's position: see the migrations. A lost connection
costs promptness, never an event: until there is another, those who listen look at the log by themselves.
"""

import asyncio
import logging
import random
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg

from adapters.notifier import POLL_SECONDS, Notifier, notified_or_timed_out
from adapters.postgres.engine import CONNECTION_ERRORS
from kit.background import in_background

_CHANNEL = "drawbridge"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
# How often to see whether the connection still stands, and for how long to wait for the answer.
_HEARTBEAT_SECONDS = 5.0
# How late it can be noticed that it does not.
_SURE_SECONDS = 2 * _HEARTBEAT_SECONDS

_logger = logging.getLogger(__name__)


def listen_notify(notifier: Notifier, arguments: dict[str, Any]) -> AbstractAsyncContextManager[None]:
    """Listens for as long as the context lasts. `arguments` are asyncpg.connect's."""
    return in_background(_hear_for_ever(notifier, arguments))


async def _hear_for_ever(notifier: Notifier, arguments: dict[str, Any]) -> None:
    pause = _FIRST_PAUSE
    while True:
        try:
            await _hear(notifier, await asyncpg.connect(**arguments, command_timeout=_HEARTBEAT_SECONDS))
            pause = _FIRST_PAUSE
        except (*CONNECTION_ERRORS, asyncpg.PostgresError) as error:  # as a standby refuses to be listened to
            _logger.warning("PostgreSQL cannot be listened to (%s); trying again.", type(error).__name__)
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - so that not all processes come at once
        pause = min(2 * pause, _LONGEST_PAUSE)


async def _hear(notifier: Notifier, connection: Any) -> None:  # noqa: ANN401 - asyncpg's connection
    """Rings for each notification until the connection ends; may end by one of CONNECTION_ERRORS."""
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    try:
        await connection.add_listener(_CHANNEL, lambda *told: notifier.notify(told[-1].partition(" ")[0]))
        notifier.notify_all(_SURE_SECONDS)  # somebody may have written while nobody heard
        while not ended.is_set():
            await notified_or_timed_out(ended, _HEARTBEAT_SECONDS)
            await connection.execute("SELECT")
    finally:
        connection.terminate()
        notifier.notify_all(POLL_SECONDS)
