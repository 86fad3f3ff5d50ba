"""Tortoise's asyncpg engine, made safe for cancelled requests and lost connections.

Tortoise leaks a pooled connection if a task is cancelled while a transaction begins, waits for a connection without a
timeout, and lets asyncpg's errors through. This engine always returns the connection to the pool, gives every wait a
timeout, and raises DatabaseUnavailableError whenever PostgreSQL is unavailable. After a failover, it replaces the
connections to the old server.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, cast

import asyncpg
from asyncpg.pool import Pool
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    NestedTransactionContext,
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.connection import get_connections
from tortoise.context import require_context

from adapters.database import DatabaseUnavailableError, SlowStatementError
from adapters.postgres.errors import (
    CANCELED_ERROR,
    CONNECTION_ERRORS,
    READ_ONLY_ERROR,
    RETRYABLE_ERRORS,
    cause_of,
    connecting,
    is_lost,
    translated,
)
from adapters.postgres.session import connect, terminated_on_failure
from kit.uninterrupted import uninterrupted

_RELEASE_SECONDS = 2

# While the database is read-only, connections are replaced this often: its address may name another server by now.
_RENEWAL_SECONDS = 2.0


class PostgresClient(AsyncpgDBClient):
    """A connection pool. Its credentials are the arguments of asyncpg.create_pool, and the settings of `session`."""

    _read_only = False  # as of the newest connection or write
    _renewed_at = 0.0

    async def create_pool(self, **_: Any) -> Pool:
        """Connects, and returns the pool. asyncpg parses the URL itself, including its TLS options."""
        # Nothing here changes session state, so asyncpg can skip the statement that resets it.
        return await connecting(asyncpg.create_pool(**self.extra, connect=self._connect, reset=_skip_reset))

    async def _connect(self, *dsn: Any, **arguments: Any) -> Any:  # noqa: ANN401 - asyncpg's connection
        connection = await connect(*dsn, **arguments)
        with terminated_on_failure(connection):
            self._read_only = await connection.fetchval("SELECT current_setting('transaction_read_only')::bool")
        return connection

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - Tortoise's signature
        """Opens the pool completely or not at all: asyncpg cannot be cancelled safely while it connects."""
        await uninterrupted(super().create_connection(with_db))

    def pool_usage(self) -> dict[str, int]:
        if self._pool is None:
            return {"used": 0, "idle": 0}
        idle = self._pool.get_idle_size()
        return {"used": self._pool.get_size() - idle, "idle": idle}

    async def take(self) -> Any:  # noqa: ANN401 - asyncpg's connection
        """Takes a connection from the pool; raises DatabaseUnavailableError after command_timeout."""
        taken: list[Any] = []
        try:
            await uninterrupted(self._take_into(taken))
        except asyncio.CancelledError:
            for connection in taken:
                await self.give_back(connection, None)
            raise
        return taken[0]

    async def _take_into(self, taken: list[Any]) -> None:
        pool = cast("Pool", self._pool)
        if self._read_only and time.monotonic() - self._renewed_at > _RENEWAL_SECONDS:
            self._renewed_at = time.monotonic()
            await pool.expire_connections()  # replaces each at its next use
        taken.append(await connecting(pool.acquire(timeout=self.extra["command_timeout"])))

    async def give_back(self, connection: Any, failure: BaseException | None) -> None:  # noqa: ANN401
        """Returns the connection to the pool, which rolls back an open transaction."""
        with suppress(*CONNECTION_ERRORS):  # then the pool has discarded the connection
            if isinstance(cause_of(failure), READ_ONLY_ERROR):
                self._read_only = True
            if is_lost(failure):
                connection.terminate()
            if self._pool:
                await self._pool.release(connection, timeout=_RELEASE_SECONDS)  # shields itself from cancellation

    def acquire_connection(self) -> PoolConnectionWrapper[Any]:
        return ReleasingConnectionWrapper(self, self._pool_init_lock)

    def _in_transaction(self) -> TransactionContext:
        return ReleasingTransactionContext(PostgresTransaction(self), self._pool_init_lock)

    async def _translate_exceptions(self, func: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Tortoise's signature
        """Runs a statement in a transaction of its own, which is repeated once if PostgreSQL asks for that.

        Raises SlowStatementError if a read takes too long. A write may have waited for a lock.
        """
        try:
            return await translated(func(self, *args, **kwargs))
        except DatabaseUnavailableError as error:
            if isinstance(error.__cause__, CANCELED_ERROR) and args[0].startswith("SELECT"):
                raise SlowStatementError("A read took too long") from error.__cause__
            if not isinstance(error.__cause__, RETRYABLE_ERRORS):
                raise
        return await translated(func(self, *args, **kwargs))

    async def _close(self) -> None:
        """Closes within two seconds; Tortoise would wait ten for abandoned statements."""
        if self._pool:
            self._pool, pool = None, self._pool
            await _close(pool)


def pool_usage() -> dict[str, int]:
    """Returns this process's connection counts for "used" and "idle"; empty on SQLite."""
    database = require_context().db()
    return database.pool_usage() if isinstance(database, PostgresClient) else {}


class PostgresTransaction(TransactionWrapper, PostgresClient):  # type: ignore[misc] # Tortoise's own does the same
    """A connection within a transaction."""

    @property
    def pooled(self) -> PostgresClient:
        """The client that owns the pool."""
        return cast("PostgresClient", self._parent)

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(PostgresTransaction(self))

    async def _translate_exceptions(self, func: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Tortoise's signature
        return await translated(func(self, *args, **kwargs))


class ReleasingConnectionWrapper(PoolConnectionWrapper[Any]):
    """Holds a pooled connection, and returns it without waiting for an unreachable server."""

    client: PostgresClient

    async def __aenter__(self) -> Any:  # noqa: ANN401 - asyncpg's connection
        await self.ensure_connection()
        self.connection = await self.client.take()
        return self.connection

    async def __aexit__(self, exc_type: object, exc_val: BaseException | None, exc_tb: object) -> None:
        await self.client.give_back(self.connection, exc_val)


class ReleasingTransactionContext(TransactionContextPooled):
    """Ends the transaction and returns the connection, even if the task is cancelled."""

    client: PostgresTransaction

    async def __aenter__(self) -> TransactionalDBClient:
        await translated(self.ensure_connection())
        self.client._connection = await self.client.pooled.take()  # noqa: SLF001 - as Tortoise's own context does
        try:
            await self.client.begin()
        except BaseException as error:
            await self._give_back(error)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        """Commits; after a failure of the body or the commit, rolls back or lets the pool do so."""
        get_connections().reset(self.token)
        failure = exc_val
        try:
            if failure is None:
                await uninterrupted(translated(self.client.commit()))
        except BaseException as error:
            failure = error
            raise
        finally:
            await self._give_back(failure)

    async def _give_back(self, failure: BaseException | None) -> None:
        if failure is not None:
            failure = await self._roll_back(failure)
        await self.client.pooled.give_back(self.client._connection, failure)  # noqa: SLF001

    async def _roll_back(self, failure: BaseException) -> BaseException:
        """Rolls back if the connection is usable; returns the failure that the connection is released with."""
        if is_lost(failure):
            return failure
        if not isinstance(failure, Exception):
            return ConnectionAbortedError()  # a statement was in progress
        try:
            await uninterrupted(translated(self.client.rollback()))
        except DatabaseUnavailableError as error:
            return error
        return failure


async def _close(pool: Pool) -> None:
    try:
        async with asyncio.timeout(_RELEASE_SECONDS):
            await pool.close()
    except TimeoutError:
        pool.terminate()


async def _skip_reset(_: Any) -> None:  # noqa: ANN401 - asyncpg's connection
    """Replaces the reset query of asyncpg's pool, which has rolled back already."""


client_class = PostgresClient
