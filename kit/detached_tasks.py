"""Tasks that outlive their request, such as mutations that keep running after their client has disconnected."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# The event loop has only weak references to tasks: https://docs.python.org/3/library/asyncio-task.html#creating-tasks
_tasks: set[asyncio.Task[Any]] = set()


async def run_detached(work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` to its end, even if the caller is cancelled."""
    task = asyncio.create_task(work)
    keep(task)
    return await asyncio.shield(task)


def keep(task: asyncio.Task[Any]) -> None:
    """Holds a strong reference to a task until it ends."""
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def drain(seconds: float) -> None:
    """Waits for the unfinished tasks, but at most for `seconds`."""
    if _tasks:
        await asyncio.wait(set(_tasks), timeout=seconds)
