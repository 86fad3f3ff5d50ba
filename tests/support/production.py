"""Servers in production, which have been migrated as an operator would."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.vault import new_key
from tests.support.secrecy import keep
from tests.support.servers import RunningServer, environment, run_program, running_server


@contextmanager
def running_in_production(data_dir: Path, **changes: str) -> Iterator[RunningServer]:
    """Migrates, and runs a server until the context exits."""
    settings = {"ENV": "production", "ENCRYPTION_KEYS": keep(new_key().reveal()), **changes}
    done = run_program("cli.py", "migrate", env=environment(data_dir, **settings))
    assert done.returncode == 0, done.stderr
    with running_server(data_dir, **settings) as server:
        yield server
