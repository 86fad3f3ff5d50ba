"""Connects to PostgreSQL, and sets what the program relies on, whatever a role's or database's defaults are.

The settings are set by a statement, because PgBouncer refuses most of them as startup parameters:
https://www.pgbouncer.org/config.html#ignore_startup_parameters.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import asyncpg

_NONE: Mapping[str, str] = MappingProxyType({})
# Skips settings that this version of PostgreSQL does not have.
_SET = """
    SELECT count(set_config(name, wanted.value, false))
    FROM unnest($1::text[], $2::text[]) AS wanted (name, value) JOIN pg_settings USING (name)
"""
_PID = "SELECT pg_backend_pid()"
_ROUNDS = 8  # beside the traffic of other programs, a round recognizes 5 of 6 poolers

# Raised where a statement is prepared in one session and executed in another.
_SHARING_ERRORS = (asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError)


async def connect(*dsn: str, session: Mapping[str, str] = _NONE, **arguments: Any) -> Any:  # noqa: ANN401 - asyncpg's connection
    """Connects like asyncpg.connect, and sets the session's settings."""
    connection = await asyncpg.connect(*dsn, **arguments)
    with terminated_on_failure(connection):
        if session:
            await connection.execute("SET statement_timeout = 0")  # first, so that it does not cancel the next one
            await connection.fetchval(_SET, list(session), list(session.values()))
    return connection


@contextmanager
def terminated_on_failure(connection: Any) -> Iterator[None]:  # noqa: ANN401 - asyncpg's connection
    """Terminates a new connection that nobody else knows yet, if the context fails or is cancelled."""
    try:
        yield
    except BaseException:
        connection.terminate()
        raise


async def shares_sessions(arguments: Mapping[str, Any]) -> bool:
    """Whether a pooler lends one session to several connections, as PgBouncer's transaction mode does.

    Compares the ids of server processes: a connection's own never changes, and no other connection has it.
    """
    own = {name: value for name, value in arguments.items() if name != "session"}
    first = await asyncpg.connect(**own, statement_cache_size=0)
    try:
        pid = await first.fetchval(_PID)
        if pid == first.get_server_pid():  # no pooler is in between
            return False
        for _ in range(_ROUNDS):
            if await _shares(own, first, pid):
                return True
    except _SHARING_ERRORS:
        return True
    finally:
        first.terminate()
    return False


async def _shares(arguments: Mapping[str, Any], first: Any, pid: int) -> bool:  # noqa: ANN401 - likewise
    """Whether a second connection, while it holds a transaction, gets the first one's session."""
    second = await asyncpg.connect(**arguments, statement_cache_size=0)
    try:
        async with second.transaction():
            return bool(await second.fetchval(_PID) == pid or await first.fetchval(_PID) != pid)
    finally:
        second.terminate()
