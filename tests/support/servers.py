"""Runs servers as separate processes."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from sandbox import registered_applications
from settings import Settings
from tests.support.databases import database_variables, in_use, use
from tests.support.forking import ForkedProcess, fork, run_forked
from tests.support.plain import PLAIN
from tests.support.settings import read_settings
from tests.support.waiting import PATIENCE

T = TypeVar("T")
Process = subprocess.Popen[bytes] | ForkedProcess
_LONGEST = 2 * PATIENCE
ROOT = Path(__file__).parents[2]
SERVER = ("-m", "server")
# Tests of the process itself, of several workers or of libraries' variables start it like an operator would.
AS_OPERATOR = (str(ROOT / "server.py"),)
# All tests use one address. Only the tests of the limits should reach them.
_UNLIMITED = {"FAILED_AUTHENTICATIONS_PER_MINUTE": "100000", "KEY_CHECKS_PER_MINUTE": "100000"}
# The sandbox's Connect platform: most tests of connected accounts walk through Connect's flow.
_CONNECT = {
    f"STRIPE_{'LIVE' if each.livemode else 'TEST'}_{part}": value
    for each in registered_applications("http://127.0.0.1", "http://127.0.0.1")
    for part, value in (
        ("SECRET_KEY", each.secret_key),
        ("CLIENT_ID", each.client_id),
        ("WEBHOOK_SECRET", each.webhook_secret),
    )
}
# Without it, development has the sandbox's Stripe App, as for those who run it.
AS_RUN = dict.fromkeys(_CONNECT, "")
_forking = [False]


def fork_servers() -> None:
    """Forks the servers from now on. Benchmarks start theirs."""
    _forking[0] = True


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server process that accepts requests."""

    settings: Settings
    process: Process
    log: Path
    output: Path

    @property
    def address(self) -> str:
        """The server's base URL."""
        return self.settings.serving.address

    def kill(self) -> None:
        """Kills the process, like a power failure."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def environment(data_dir: Path, **changes: str) -> dict[str, str]:
    """Returns the variables of a development server with a Stripe timeout of five seconds and the sandbox's Connect."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DRAWBRIDGE_")}
    database = {} if "DATABASE_URL" in changes else database_variables(Path(changes.get("DATA_DIR", data_dir)))
    connect = {} if changes.get("ENV") == "production" else _CONNECT
    own_defaults = {"DATA_DIR": str(data_dir), "PORT": "0", "STRIPE_TIMEOUT_SECONDS": "5", **_UNLIMITED, **connect}
    given = {**own_defaults, **database, **changes}
    return own | {f"DRAWBRIDGE_{name}": value for name, value in given.items()}


def run_program(
    program: str, *arguments: str, env: Mapping[str, str], folder: Path = Path("/")
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end, outside the project's folder. Forks server.py and cli.py, if they are named so."""
    if _forking[0] and program in {"server.py", "cli.py"}:
        forked = ("-m", program.removesuffix(".py"), *arguments)
        return run_forked(forked, {**env, "PYTHONPATH": str(ROOT)}, folder, _LONGEST)
    command = [sys.executable, "-W", "error", str(ROOT / program), *arguments]
    return subprocess.run(  # noqa: S603 - our own program
        command, env=dict(env), cwd=folder, capture_output=True, text=True, timeout=_LONGEST, check=False
    )


@contextmanager
def running_server(
    data_dir: Path, program: Sequence[str] = SERVER, variables: Mapping[str, str] = {}, /, **changes: str
) -> Iterator[RunningServer]:
    """Runs a server on a port chosen by the system until the context exits. Logs and output are stored with its data.

    `program` replaces the server in the command: one of a module is forked, one of a file is started. `variables` are
    those of libraries.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    env = environment(data_dir, **changes)
    log, output = data_dir / "server.log", data_dir / "server.out"
    log.touch()
    output.touch()
    printed_before = output.stat().st_size
    start = fork if _forking[0] and program[0] == "-m" else _start
    process = start(program, {**env, **variables, "PYTHONPATH": str(ROOT)}, output, log)
    try:
        port = _wait(process, log, lambda: _printed_port(output, printed_before))
        given = {name: value for name, value in env.items() if name.startswith("DRAWBRIDGE_")}
        settings = read_settings(given | {"DRAWBRIDGE_PORT": port})
        _wait(process, log, lambda: _is_ready(settings.serving.address))
        yield RunningServer(settings, process, log, output)
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def running_on_sqlite(data_dir: Path, **changes: str) -> Iterator[RunningServer]:
    """Runs a server on SQLite, whatever the selected engine, and fails if it has logged an error."""
    before = in_use()
    use(None)
    with running_server(data_dir, **changes) as running:
        use(before)
        yield running
        logged = running.log.read_text()
    assert "ERROR" not in logged, logged
    assert "Traceback" not in logged, logged


def _start(program: Sequence[str], env: Mapping[str, str], stdout: Path, stderr: Path) -> subprocess.Popen[bytes]:
    with stdout.open("ab") as out, stderr.open("ab") as err:
        command = [sys.executable, *program]
        return subprocess.Popen(command, env=env, cwd="/", stdout=out, stderr=err)  # noqa: S603 - our own program


def _wait(process: Process, log: Path, condition: Callable[[], T | None]) -> T:
    """Waits for a condition of the server, and returns its value."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if value := condition():
            return value
        time.sleep(0.05)
    message = f"The server did not start:\n{log.read_text()}"
    raise AssertionError(message)


def _printed_port(output: Path, start: int) -> str | None:
    """Returns the port in the address that the server prints."""
    found = re.search(rb"^GraphQL +\S+:(\d+)/graphql$", output.read_bytes()[start:], re.MULTILINE)
    return found[1].decode() if found else None


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=PATIENCE, verify=PLAIN).status_code == 200
    except httpx.TransportError:
        return False
