"""Measures on a server with each database, and times what another client does meanwhile."""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.support.databases import use
from tests.support.postgres import own_postgres
from tests.support.servers import RunningServer, running_server

Figures = dict[str, Any]
Measure = Callable[[RunningServer], Coroutine[Any, Any, Figures]]

_PAUSE_SECONDS = 0.01


def measure_both(measure: Measure, results: Path | None) -> None:
    """Measures on SQLite, then on PostgreSQL; prints the figures, and saves them unless `results` is None."""
    figures = list[Figures]()
    for database in ("SQLite", "PostgreSQL"):
        with _running(database) as server:
            figures.append({"database": database} | asyncio.run(measure(server)))
        print(json.dumps(figures[-1]), flush=True)  # noqa: T201 - the result
    if results:
        results.write_text(json.dumps(figures, indent=2) + "\n")


@contextmanager
def _running(database: str) -> Iterator[RunningServer]:
    with ExitStack() as stack:
        if database == "PostgreSQL":
            use(stack.enter_context(own_postgres()))
            stack.callback(use, None)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield stack.enter_context(running_server(folder))


async def repeat(work: Callable[[], Awaitable[object]], times: list[float]) -> None:
    """Works until cancelled; appends the milliseconds of each piece of work."""
    while True:
        began = time.monotonic()
        await work()
        times.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(_PAUSE_SECONDS)
