"""Counts connections that wait for a lock."""

import asyncpg

from tests.support.postgres import Postgres

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = $1"


async def lock_waiters(postgres: Postgres, database: str) -> int:
    """Returns the number of a database's connections that wait for a lock.

    It connects anew, because a transaction sees the activity as it was when the transaction first looked.
    """
    connection = await asyncpg.connect(postgres.url("postgres"))
    try:
        return int(await connection.fetchval(_WAITING, database))
    finally:
        await connection.close()
