"""Servers as processes of their own, started as an operator starts them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from settings import Settings, read_settings
from tests.support.databases import database_variables
from tests.support.plain import PLAIN
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
SERVER = (str(ROOT / "server.py"),)
_START_SECONDS = 30
# All tests come from one address, and none but those of the limits themselves are to meet them.
_UNLIMITED = {"FAILED_AUTHENTICATIONS_PER_MINUTE": "100000", "KEY_CHECKS_PER_MINUTE": "100000"}


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server process that answers."""

    settings: Settings
    process: subprocess.Popen[bytes]
    log: Path
    output: Path

    @property
    def address(self) -> str:
        """The server's base URL."""
        return self.settings.address

    def kill(self) -> None:
        """Ends the process as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def environment(data_dir: Path, **changes: str) -> dict[str, str]:
    """The variables of a development server that gives up on Stripe after a second."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("DRAWBRIDGE_")}
    database = {} if "DATABASE_URL" in changes else database_variables(Path(changes.get("DATA_DIR", data_dir)))
    given = {"DATA_DIR": str(data_dir), "STRIPE_TIMEOUT_SECONDS": "1", **_UNLIMITED, **database, **changes}
    return own | {f"DRAWBRIDGE_{name}": value for name, value in given.items()}


def run_program(program: str, *arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs server.py or cli.py to its end, from another folder than the project's."""
    command = [sys.executable, "-W", "error", str(ROOT / program), *arguments]
    return subprocess.run(command, env=dict(env), cwd="/", capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own


@contextmanager
def running_server(data_dir: Path, program: Sequence[str] = SERVER, **changes: str) -> Iterator[RunningServer]:
    """A server on a free port, until the context ends. Logs and output are beside the data.

    `program` is what Python is given in server.py's stead: `-m` finds the tests' modules.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    env = environment(data_dir, **{"PORT": str(free_port()), **changes})
    log, output = data_dir / "server.log", data_dir / "server.out"
    with log.open("ab") as stderr, output.open("ab") as stdout:
        process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, *program], env=env | {"PYTHONPATH": str(ROOT)}, cwd="/", stdout=stdout, stderr=stderr
        )
    settings = read_settings({name: value for name, value in env.items() if name.startswith("DRAWBRIDGE_")})
    server = RunningServer(settings, process, log, output)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(server: RunningServer) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if httpx.get(f"{server.address}/readyz", verify=PLAIN).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    message = f"The server did not start:\n{server.log.read_text()}"
    raise AssertionError(message)
