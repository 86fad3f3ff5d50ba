"""Tortoise's SQLite engine, made safe for several writers and for cancelled requests.

Tortoise begins deferred transactions, so two writers that read first deadlock ("database is locked"); and if a task is
cancelled while one begins, the lock is never released. Here a transaction takes the write lock when it begins (BEGIN
IMMEDIATE, https://www.sqlite.org/lang_transaction.html). When its context exits, the transaction has ended and the
lock is free, even after a cancellation. If SQLite cannot use its file, for instance because the disk is full, it
raises DatabaseUnavailableError.
"""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, cast

from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.connection import get_connections

from adapters.database import DatabaseUnavailableError
from adapters.sqlite.readers import Readers
from kit.uninterrupted import uninterrupted

_OPEN_ATTEMPTS = 100
_OPEN_PAUSE_SECONDS = 0.05

# Errors that the statement did not cause: https://www.sqlite.org/rescode.html#primary_result_code_list
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
}
_READERS_PRAGMAS = ("busy_timeout",)
_PRIMARY = 0xFF  # the bits of the primary result code


class ImmediateSqliteClient(SqliteClient):
    """A connection to an SQLite file that writes, and others that only read."""

    _readers: Readers | None = None  # a transaction reads over its own connection

    def __init__(self, file_path: str, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        pragmas = {name: value for name, value in self.pragmas.items() if name in _READERS_PRAGMAS}
        self._readers = Readers(file_path, pragmas, int(self.pragmas["busy_timeout"]) / 1000)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[Any, Any]]]:
        """Runs a statement. A SELECT outside transactions does not wait for them, nor for other SELECTs."""
        if self._readers is None or not query.startswith("SELECT"):
            return cast("tuple[int, Sequence[dict[Any, Any]]]", await super().execute_query(query, values))
        rows = cast("Sequence[dict[Any, Any]]", await self._read(query, values))
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[Any, Any]]:
        if self._readers is None or not query.startswith("SELECT"):
            return cast("list[dict[Any, Any]]", await super().execute_query_dict(query, values))
        return list(map(dict, await self._read(query, values)))

    @translate_exceptions
    async def _read(self, query: str, values: list[Any] | None) -> Any:  # noqa: ANN401 - rows
        self.log.debug("%s: %s", query, values)
        if self._connection is None:
            async with self.acquire_connection():  # enables WAL first
                pass
        with _translated():
            return await cast("Readers", self._readers).fetch(query, values)

    async def close(self) -> None:
        if self._readers:
            await self._readers.close()
        await super().close()

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - Tortoise's signature
        """Opens the file and applies all pragmas, or fails without leaving it open."""
        with _translated():
            await uninterrupted(self._open(with_db=with_db))

    async def _open(self, *, with_db: bool) -> None:
        """Retries while another process opens the same new file: SQLite does not wait when it enables WAL."""
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
        return ReleasingConnectionWrapper(self._lock, self)

    def _in_transaction(self) -> SqliteTransactionContext:
        return ReleasingTransactionContext(ImmediateTransactionWrapper(self), self._lock)


class ReleasingConnectionWrapper(ConnectionWrapper[Any]):
    """Releases the connection's lock even if opening it fails or is cancelled."""

    async def __aenter__(self) -> Any:  # noqa: ANN401 - aiosqlite's connection
        await self._lock.acquire()
        try:
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection

    async def __aexit__(self, exc_type: object, exc_val: BaseException | None, exc_tb: object) -> None:
        self._lock.release()
        _raise_if_unavailable(exc_val)


class ImmediateTransactionWrapper(SqliteTransactionWrapper, ImmediateSqliteClient):
    """A transaction that takes the write lock when it begins, waiting up to the pragma busy_timeout."""

    def _in_transaction(self) -> TransactionContext:  # type: ignore[override] # Tortoise's own does the same
        return NestedTransactionContext(ImmediateTransactionWrapper(self))

    async def begin(self) -> None:
        """Takes the write lock; raises DatabaseUnavailableError if that fails or times out."""
        with _translated():
            await self._connection.execute("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        """Commits; raises DatabaseUnavailableError if the file cannot be written."""
        with _translated():
            await super().commit()


class ReleasingTransactionContext(SqliteTransactionContext):
    """Ends the transaction and releases the connection, even if the task is cancelled."""

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
        """Rolls back after the connection's thread has finished its queue, then releases the connection."""
        try:
            if raw := self.connection._connection:  # noqa: SLF001 - Tortoise's own contexts use it too
                await uninterrupted(raw.rollback())
        finally:
            self._trxlock.release()


@contextmanager
def _translated() -> Iterator[None]:
    """Raises DatabaseUnavailableError instead of errors that the statement did not cause."""
    try:
        yield
    except sqlite3.OperationalError as error:
        _raise_if_unavailable(error)
        raise


def _raise_if_unavailable(error: object) -> None:
    # Errors raised by Python's sqlite3 module itself have no code.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if isinstance(error, sqlite3.OperationalError) and code & _PRIMARY in _UNAVAILABLE:
        raise DatabaseUnavailableError(f"SQLite cannot use its file ({error.sqlite_errorname}: {error})") from error


client_class = ImmediateSqliteClient
