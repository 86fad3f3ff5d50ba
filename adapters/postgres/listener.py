"""Forwards PostgreSQL's notifications of other processes' writes to this process's notifier.

It uses LISTEN on a dedicated connection (https://www.postgresql.org/docs/current/sql-listen.html). A trigger in the
migrations sends NOTIFY when a transaction that advances an organization's position commits. A lost connection delays
events but loses none: until it is re-established, readers poll the log.
"""

import asyncio
import logging
import random
from contextlib import AbstractAsyncContextManager
from typing import Any

import asyncpg

from adapters.notifier import POLL_SECONDS, Notifier, notified_or_timed_out
from adapters.postgres.errors import CONNECTION_ERRORS
from adapters.postgres.session import connect
from kit.background import in_background

_CHANNEL = "drawbridge"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
# The interval between checks of the connection, and the timeout of each.
_HEARTBEAT_SECONDS = 5.0
# How often readers poll meanwhile. A lost connection is noticed later, and a revoked token must lose access within 5 s.
_POLL_SECONDS = 4.0

_logger = logging.getLogger(__name__)


def listen_notify(notifier: Notifier, arguments: dict[str, Any]) -> AbstractAsyncContextManager[None]:
    """Listens until the context exits. `arguments` are those of `connect`."""
    return in_background(_reconnect_forever(notifier, arguments))


async def _reconnect_forever(notifier: Notifier, arguments: dict[str, Any]) -> None:
    pause = _FIRST_PAUSE
    while True:
        try:
            await _listen(notifier, await connect(**arguments, command_timeout=_HEARTBEAT_SECONDS))
            pause = _FIRST_PAUSE
        except (*CONNECTION_ERRORS, asyncpg.PostgresError) as error:  # a PostgresError: a standby rejects LISTEN
            _logger.warning("Cannot listen to PostgreSQL (%s); trying again.", type(error).__name__)
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter, so that processes do not reconnect together
        pause = min(2 * pause, _LONGEST_PAUSE)


async def _listen(notifier: Notifier, connection: Any) -> None:  # noqa: ANN401 - asyncpg's connection
    """Forwards notifications until the connection closes; can raise CONNECTION_ERRORS."""
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    try:
        await connection.add_listener(_CHANNEL, lambda *args: notifier.notify(args[-1].partition(" ")[0]))
        notifier.notify_all(_POLL_SECONDS)  # notifications may have been missed until now
        while not ended.is_set():
            await notified_or_timed_out(ended, _HEARTBEAT_SECONDS)
            await connection.execute("SELECT")
    finally:
        connection.terminate()
        notifier.notify_all(POLL_SECONDS)
