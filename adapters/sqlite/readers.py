"""Connections to an SQLite file for reads outside transactions: a slow search makes nobody else wait.

In WAL mode, readers and the writer do not block each other (https://www.sqlite.org/wal.html), and a read sees all that
was committed before it. A read that is cancelled or takes too long is interrupted; aiosqlite alone would let it run on.
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

import aiosqlite

from adapters.database import SlowStatementError
from kit.detached_tasks import keep
from kit.uninterrupted import uninterrupted

CONNECTIONS = 4
_INTERRUPT_SECONDS = 0.01

_Rows = Iterable[sqlite3.Row]


class Readers:
    """At most CONNECTIONS, which are opened when they are needed."""

    def __init__(self, path: str, pragmas: Mapping[str, object], seconds: float) -> None:
        self._path = path
        self._pragmas = pragmas
        self._seconds = seconds
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._idle: list[aiosqlite.Connection] = []
        self._running: dict[asyncio.Future[_Rows], aiosqlite.Connection] = {}

    async def fetch(self, query: str, values: list[Any] | None) -> _Rows:
        """Returns the rows of a SELECT; raises SlowStatementError."""
        await self._free.acquire()
        try:
            while not self._idle:
                await uninterrupted(self._open())
            connection = self._idle.pop()
        except BaseException:
            self._free.release()
            raise
        work = asyncio.ensure_future(connection.execute_fetchall(query, values))
        self._running[work] = connection
        work.add_done_callback(self._give_back)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(work)
        except TimeoutError:
            raise SlowStatementError("A read took too long") from None
        finally:
            if not work.done():
                keep(asyncio.create_task(_interrupt(connection, work)))

    async def close(self) -> None:
        """Interrupts what still runs, and closes all connections."""
        for work, connection in list(self._running.items()):
            await _interrupt(connection, work)
        while self._idle:
            await self._idle.pop().close()

    async def _open(self) -> None:
        connection = await aiosqlite.connect(self._path, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            for pragma, value in self._pragmas.items():
                await connection.execute_fetchall(f"PRAGMA {pragma} = {value}")
            await connection.execute_fetchall("PRAGMA query_only = ON")
        except BaseException:
            await connection.close()
            raise
        self._idle.append(connection)

    def _give_back(self, work: asyncio.Future[_Rows]) -> None:
        self._idle.append(self._running.pop(work))
        self._free.release()
        if not work.cancelled():
            work.exception()  # nobody else retrieves it if the caller has left


async def _interrupt(connection: aiosqlite.Connection, work: asyncio.Future[_Rows]) -> None:
    """Interrupts a statement until it ends: an interruption before its beginning has no effect."""
    while not work.done():
        await connection.interrupt()
        await asyncio.wait({work}, timeout=_INTERRUPT_SECONDS)
