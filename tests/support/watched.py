"""Servers whose secrecy is checked when they end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.databases import stored
from tests.support.secrecy import assert_no_leak
from tests.support.servers import RunningServer, running_server


@contextmanager
def watched_server(folder: Path, **changes: str) -> Iterator[RunningServer]:
    """Runs a server. At the end, fails if what it stored, logged or returned contains a secret of the tests."""
    with running_server(folder, **changes) as running:
        yield running
        assert_no_leak(asyncio.run(stored(running.settings)), running.log.read_text())
