"""Starts the other servers, configured for production according to their documentation."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from benchmarks.contestants import Contestant, Generated, Plain
from benchmarks.dataset import Dataset
from tests.support.node import NODE
from tests.support.ports import own_port
from tests.support.servers import ROOT

# A separate environment, so that the benchmark's packages do not affect the server that is measured.
BENCH_PYTHON = str(ROOT / ".venv" / "bench" / "bin" / "python")
_START_SECONDS = 30


def _node(script: str) -> Sequence[str]:
    return NODE, str(ROOT / "benchmarks" / "peers" / f"{script}.mjs")


def _uvicorn(module: str) -> Sequence[str]:
    options = "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"
    return BENCH_PYTHON, "-m", "uvicorn", f"benchmarks.peers.{module}:app", *options


@contextmanager
def started(dataset: Dataset) -> Iterator[list[Contestant]]:
    """Runs the other servers until the context exits."""
    generated = partial(Generated, organization_id=dataset.organization_id)
    with ExitStack() as stack:
        start = partial(_start, stack, dataset)
        yield [
            start("Starlette, asyncpg, orjson; no GraphQL", _uvicorn("raw_starlette"), Plain),
            start("Mercurius, JIT", _node("mercurius")),
            start("Apollo Server", _node("apollo")),
            start("PostGraphile", _node("postgraphile"), generated),
            start("Strawberry, Tortoise", _uvicorn("strawberry_tortoise")),
        ]


def drawbridge(dataset: Dataset) -> Contestant:
    """Returns Drawbridge as a contestant."""
    server, client = dataset.tenant.server, dataset.tenant.client
    return Contestant("Drawbridge", server.process.pid, server.address, client.headers())


def _start(
    stack: ExitStack,
    dataset: Dataset,
    name: str,
    command: Sequence[str],
    kind: Callable[[str, int, str], Contestant] = Contestant,
) -> Contestant:
    port = own_port()
    process = subprocess.Popen(command, cwd=ROOT, env=_environment(dataset, port))  # noqa: S603 - our own
    stack.callback(process.wait)
    stack.callback(process.terminate)
    _wait_until_listening(process, port)
    return kind(name, process.pid, f"http://127.0.0.1:{port}")


def _environment(dataset: Dataset, port: int) -> dict[str, str]:
    url = dataset.tenant.server.settings.database.postgres_url
    given = {"DATABASE_URL": url.reveal() if url else "", "ORGANIZATION_ID": dataset.organization_id}
    return {**os.environ, **given, "PORT": str(port), "UVICORN_PORT": str(port), "NODE_ENV": "production"}


def _wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{process.args!s} does not listen.")
