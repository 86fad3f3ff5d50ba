"""Tortoise's SQLite engine, made fit for several writers and for requests that are cancelled.

Tortoise begins transactions deferred, so that two writers that read first deadlock ("database is locked"), and a
cancellation while one begins leaves the lock taken for good. Here a transaction takes the write lock as it begins,
and whatever happens to the task, the connection is out of the transaction and the lock free when the context ends.
Whatever keeps SQLite from its file, such as a full disk, is one error: DatabaseUnavailableError.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, cast

from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections

from adapters.database import DatabaseUnavailableError
from kit.uninterrupted import uninterrupted

_OPEN_ATTEMPTS = 100
_OPEN_PAUSE_SECONDS = 0.05

# What is no fault of the statement: https://www.sqlite.org/rescode.html#primary_result_code_list
_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
}
_PRIMARY = 0xFF  # of a result code's bits


class ImmediateSqliteClient(SqliteClient):
    """One connection to an SQLite file."""

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - Tortoise's signature
        """Opens the file with all its pragmas, or not at all."""
        with _translated():
            await uninterrupted(self._open(with_db=with_db))

    async def _open(self, *, with_db: bool) -> None:
        """Tries again where another process opens the same new file: SQLite does not wait as it turns WAL on."""
        for attempt in range(_OPEN_ATTEMPTS):
            try:
                return await super().create_connection(with_db)
            except sqlite3.OperationalError as error:
                await self.close()
                if "locked" not in str(error) or attempt == _OPEN_ATTEMPTS - 1:
                    raise
                await asyncio.sleep(_OPEN_PAUSE_SECONDS)
            except BaseException:
                await self.close()
                raise
        return None

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        """The connection, for one statement."""
        return ReleasingConnectionWrapper(self._lock, self)

    def _in_transaction(self) -> SqliteTransactionContext:
        return ReleasingTransactionContext(ImmediateTransactionWrapper(self), self._lock)


class ReleasingConnectionWrapper(ConnectionWrapper[Any]):
    """Frees the connection also where opening it fails or is cancelled."""

    async def __aenter__(self) -> Any:  # noqa: ANN401 - aiosqlite's connection
        """Takes the connection."""
        await self._lock.acquire()
        try:
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection

    async def __aexit__(self, exc_type: object, exc_val: BaseException | None, exc_tb: object) -> None:
        """Frees the connection."""
        self._lock.release()
        _raise_if_away(exc_val)


class ImmediateTransactionWrapper(SqliteTransactionWrapper, ImmediateSqliteClient):
    """A transaction that waits for the write lock at its beginning, up to the pragma busy_timeout."""

    def _in_transaction(self) -> TransactionContext:  # type: ignore[override] # Tortoise's own does the same
        return NestedTransactionContext(ImmediateTransactionWrapper(self))

    async def begin(self) -> None:
        """Begins with the write lock taken; raises DatabaseUnavailableError where it is not to be had."""
        with _translated():
            await self._connection.execute("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        """Commits; raises DatabaseUnavailableError where that cannot be written."""
        with _translated():
            await super().commit()


class ReleasingTransactionContext(SqliteTransactionContext):
    """Ends its transaction and frees the connection however its task ends."""

    async def __aenter__(self) -> TransactionalDBClient:
        """Takes the connection, then the write lock."""
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            await self._give_up()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        return cast("TransactionalDBClient", self.connection)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        """Commits, or rolls back if the body or the commit failed."""
        get_connections().reset(self.token)
        if exc_type is None:
            try:
                await uninterrupted(self.connection.commit())
            except BaseException:
                await self._give_up()
                raise
            self._trxlock.release()
        else:
            await self._give_up()

    async def _give_up(self) -> None:
        """Rolls back, behind whatever the connection's thread still has to do, and frees the connection."""
        try:
            if raw := self.connection._connection:  # noqa: SLF001 - Tortoise's own contexts reach for it too
                await uninterrupted(raw.rollback())
        finally:
            self._trxlock.release()


@contextmanager
def _translated() -> Iterator[None]:
    """Raises DatabaseUnavailableError in the place of what is no fault of the statement."""
    try:
        yield
    except sqlite3.OperationalError as error:
        _raise_if_away(error)
        raise


def _raise_if_away(error: object) -> None:
    # Python's module raises some of its own, which have no code.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if isinstance(error, sqlite3.OperationalError) and code & _PRIMARY in _AWAY:
        raise DatabaseUnavailableError(f"SQLite cannot use its file ({error.sqlite_errorname}: {error})") from error


client_class = ImmediateSqliteClient
