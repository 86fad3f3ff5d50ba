"""A PostgreSQL server for the tests: the one at TEST_DATABASE_URL, or else a new one."""

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import asyncpg

from tests.support.ports import own_port
from tests.support.postgres_programs import initialize, programs_in_reach, unprivileged

_USER = "drawbridge"
_SECONDS = 60
# What is written survives when the server is killed, and need not survive the machine.
_UNSAFE = {"fsync": "off", "full_page_writes": "off"}
_SETTINGS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200", **_UNSAFE}
# In a separate thread, coroutines can run even if the caller is in an event loop. The thread lives as long as Python;
# the kernel kills a server when the thread that started it ends.
_THREAD = ThreadPoolExecutor(1, "postgres")


class PostgresProcess:
    """The process of a server that the tests started."""

    def __init__(self, programs: Path, data: Path, port: int, log: Path) -> None:
        settings = [f"--{name}={value}" for name, value in (_SETTINGS | {"port": str(port)}).items()]
        self._command = [str(programs / "postgres"), "-D", str(data), *settings]
        self._process: subprocess.Popen[bytes] | None = None
        self._paused: list[int] = []
        self.log = log

    def launch(self) -> None:
        """Starts it if it is not running."""
        if self._process is None or self._process.poll() is not None:
            self._process = _THREAD.submit(self._popen).result()

    def stop(self) -> None:
        """Stops it without waiting for its clients, if it is running."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        self.resume()
        try:
            self._process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kills it and its children, which would otherwise finish their queries. Linux only."""
        assert self._process is not None
        self.pause()
        self._signal_paused(signal.SIGKILL)
        self._paused = []
        self._process.wait()

    def pause(self) -> None:
        """Suspends it and its children. Linux only."""
        assert self._process is not None
        pid = self._process.pid
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)  # from here on it has no new children
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        self._paused = [int(child) for child in children]
        self._signal_paused(signal.SIGSTOP)
        self._paused.append(pid)

    def resume(self) -> None:
        """Resumes suspended processes."""
        self._signal_paused(signal.SIGCONT)
        self._paused = []

    def _signal_paused(self, number: signal.Signals) -> None:
        for pid in self._paused:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _popen(self) -> subprocess.Popen[bytes]:
        setpriv = shutil.which("setpriv")  # not on a Mac, where a server outlives killed tests
        watched = [setpriv, "--pdeathsig=INT"] if setpriv else []
        command = [*watched, *self._command]
        options = unprivileged() | {"cwd": "/", "start_new_session": True}  # Ctrl-C is for the tests alone
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, **options)  # noqa: S603 - our own program


class Postgres:
    """A server for creating databases. Tests that disturb it start their own."""

    def __init__(self, address: str, process: PostgresProcess | None = None) -> None:
        self._address = address
        self._process = process
        self._created: set[str] = set()

    def url(self, database: str) -> str:
        """Returns the URL of a database, and creates it if necessary."""
        if database not in self._created:
            with suppress(asyncpg.DuplicateDatabaseError):
                self._execute(f"CREATE DATABASE {_quoted(database)}")
                self._created.add(database)
        return urlsplit(self._address)._replace(path=f"/{database}").geturl()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return urlsplit(self._address).port or 0

    def drop(self, database: str) -> None:
        """Drops a database that `url` created, and terminates its connections."""
        self._created.remove(database)
        self._execute(f"DROP DATABASE IF EXISTS {_quoted(database)} WITH (FORCE)")

    def drop_all(self) -> None:
        """Drops all databases that `url` created."""
        for database in list(self._created):
            self.drop(database)

    def terminate_connections(self) -> None:
        """Terminates all connections, as an administrator could."""
        assert self._own
        others = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        self._execute(f"SELECT pg_terminate_backend(pid, {_SECONDS}000) FROM pg_stat_activity WHERE {others}")  # noqa: S608 - our own SQL

    def run(self, statement: str, database: str = "postgres") -> None:
        """Executes statements as the superuser."""
        self._execute(statement, database)

    def databases(self) -> list[str]:
        """Returns the names of its databases."""
        return list(_THREAD.submit(asyncio.run, _names(self._address)).result())

    def start(self) -> None:
        """Starts it, and waits until it accepts connections."""
        deadline = time.monotonic() + _SECONDS
        self._own.launch()
        while not self._accepts():
            assert time.monotonic() < deadline, self._own.log.read_text()
            time.sleep(0.05)
            self._own.launch()  # it fails while processes of a killed server are still running

    def stop(self) -> None:
        """Stops it without waiting for its clients."""
        self._own.stop()

    def restart(self) -> None:
        """Stops it, and starts it again."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """Kills it, like a power failure. Linux only."""
        self._own.kill()

    def pause(self) -> None:
        """Suspends it, so that it neither responds nor closes connections. Linux only."""
        self._own.pause()

    def resume(self) -> None:
        """Resumes a suspended server."""
        self._own.resume()

    @property
    def _own(self) -> PostgresProcess:
        assert self._process is not None, "The server of TEST_DATABASE_URL is not the tests' own."
        return self._process

    def _accepts(self) -> bool:
        try:
            self._execute("SELECT 1")
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        return True

    def _execute(self, statement: str, database: str = "postgres") -> None:
        address = urlsplit(self._address)._replace(path=f"/{database}").geturl()
        _THREAD.submit(asyncio.run, _execute(address, statement)).result()


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Runs a server until the context exits. An external server is left unchanged."""
    if address := os.environ.get("TEST_DATABASE_URL"):
        postgres = Postgres(address)
        try:
            yield postgres
        finally:
            postgres.drop_all()
    else:
        with own_postgres() as postgres:
            yield postgres


@contextmanager
def own_postgres(find_programs: Callable[[Path], Path] = programs_in_reach) -> Iterator[Postgres]:
    """Runs a new server until the context exits, regardless of TEST_DATABASE_URL."""
    # PostgreSQL's user may not have access to pytest's folders or TMPDIR.
    with TemporaryDirectory(prefix="drawbridge-postgres-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder, port, password = Path(name), own_port(), secrets.token_hex()
        programs = find_programs(folder)
        data = initialize(programs, folder, _USER, password)
        process = PostgresProcess(programs, data, port, folder / "log")
        postgres = Postgres(f"postgres://{_USER}:{password}@127.0.0.1:{port}/postgres", process)
        try:
            postgres.start()
            yield postgres
        finally:
            postgres.stop()


async def _execute(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address, timeout=_SECONDS)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _names(address: str) -> list[str]:
    connection = await asyncpg.connect(address, timeout=_SECONDS)
    try:
        return [row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")]
    finally:
        await connection.close()


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
