"""Tortoise's asyncpg engine, made fit for requests that are cancelled and for a server that goes away.

Tortoise leaks a pooled connection where a cancellation meets the beginning of a transaction, waits for a connection
for ever, and lets asyncpg's errors through. Here a connection goes back to the pool however its task ends, every wait
has an end, and whatever keeps PostgreSQL from answering is one error: DatabaseUnavailableError.
"""

import asyncio
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
from tortoise.exceptions import OperationalError

from adapters.database import DatabaseUnavailableError
from kit.uninterrupted import uninterrupted

_RELEASE_SECONDS = 2

# What is no fault of the statement: https://www.postgresql.org/docs/current/errcodes-appendix.html
CONNECTION_ERRORS = (
    OSError,  # TimeoutError is one
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg calls the use of a connection that is just being ended
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a server that has become a standby
)


class PostgresClient(AsyncpgDBClient):
    """A pool of connections. Its credentials are asyncpg.create_pool's arguments, command_timeout among them."""

    async def create_pool(self, **_: Any) -> Pool:
        """The pool, once the first connection stands; asyncpg reads the whole URL, TLS and all."""
        # Nothing here changes a session, so that asyncpg may leave out its statement that resets one.
        given = self.extra | {"server_settings": self.server_settings}  # which Tortoise has taken out
        return await translated(asyncpg.create_pool(**given, reset=_leave_as_it_is))

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - Tortoise's signature
        """Opens the pool, or not at all: asyncpg does not like to be cancelled while it connects."""
        await uninterrupted(super().create_connection(with_db))

    def pool_usage(self) -> dict[str, int]:
        """The number of the pool's connections by state."""
        if self._pool is None:
            return {"used": 0, "idle": 0}
        idle = self._pool.get_idle_size()
        return {"used": self._pool.get_size() - idle, "idle": idle}

    async def take(self) -> Any:  # noqa: ANN401 - asyncpg's connection
        """A connection, within the time that a statement has; raises DatabaseUnavailableError."""
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
        taken.append(await translated(pool.acquire(timeout=self.extra["command_timeout"])))

    async def give_back(self, connection: Any, failure: BaseException | None) -> None:  # noqa: ANN401
        """Ends its use, whatever it was in the middle of: the pool rolls back what is left open."""
        with suppress(*CONNECTION_ERRORS):  # the pool has thrown it away then
            if isinstance(failure, CONNECTION_ERRORS):
                connection.terminate()
            if self._pool:
                await uninterrupted(self._pool.release(connection, timeout=_RELEASE_SECONDS))

    def acquire_connection(self) -> PoolConnectionWrapper[Any]:
        """A connection, for one statement."""
        return ReleasingConnectionWrapper(self, self._pool_init_lock)

    def _in_transaction(self) -> TransactionContext:
        return ReleasingTransactionContext(PostgresTransaction(self), self._pool_init_lock)

    async def _translate_exceptions(self, func: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Tortoise's signature
        return await translated(super()._translate_exceptions(func, *args, **kwargs))

    async def _close(self) -> None:
        """Without the ten seconds that Tortoise waits for statements that nobody waits for any more."""
        if self._pool:
            self._pool, pool = None, self._pool
            await _close(pool)


def pool_usage() -> dict[str, int]:
    """The number of this process's connections by state, "used" or "idle"; empty on SQLite."""
    database = require_context().db()
    return database.pool_usage() if isinstance(database, PostgresClient) else {}


class PostgresTransaction(TransactionWrapper, PostgresClient):  # type: ignore[misc] # Tortoise's own does the same
    """A connection within a transaction."""

    @property
    def pooled(self) -> PostgresClient:
        """The client whose pool the connection is from."""
        return cast("PostgresClient", self._parent)

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(PostgresTransaction(self))


async def translated(work: Awaitable[Any]) -> Any:  # noqa: ANN401 - what the work gives
    """What `work` gives, or one of Tortoise's errors: DatabaseUnavailableError where PostgreSQL does not answer."""
    try:
        return await work
    except CONNECTION_ERRORS as error:
        if isinstance(error, DatabaseUnavailableError):
            raise
        told = str(error).partition("\n")[0]
        raise DatabaseUnavailableError(f"PostgreSQL does not answer ({type(error).__name__}: {told})") from error
    except asyncpg.PostgresError as error:
        raise OperationalError(error) from error


class ReleasingConnectionWrapper(PoolConnectionWrapper[Any]):
    """Takes a connection out of the pool, and gives it back without waiting for a server that is away."""

    client: PostgresClient

    async def __aenter__(self) -> Any:  # noqa: ANN401 - asyncpg's connection
        """Takes a connection."""
        await self.ensure_connection()
        self.connection = await self.client.take()
        return self.connection

    async def __aexit__(self, exc_type: object, exc_val: BaseException | None, exc_tb: object) -> None:
        """Gives it back."""
        await self.client.give_back(self.connection, exc_val)


class ReleasingTransactionContext(TransactionContextPooled):
    """Ends its transaction and gives the connection back however its task ends."""

    client: PostgresTransaction

    async def __aenter__(self) -> TransactionalDBClient:
        """Takes a connection, and begins."""
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
        """Commits, or leaves it to the pool to roll back if the body or the commit failed."""
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
        """Rolls back where that can be done at once, and returns what the connection suffers from."""
        if isinstance(failure, CONNECTION_ERRORS):
            return failure
        if not isinstance(failure, Exception):
            return ConnectionAbortedError()  # a statement was under way
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


async def _leave_as_it_is(_: Any) -> None:  # noqa: ANN401 - asyncpg's connection
    """What the pool does to a connection that is given back, besides rolling back."""


client_class = PostgresClient
