"""Mutations that go on though nobody waits for their answer any more, as when a client leaves."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

# The event loop itself refers to tasks but weakly: https://docs.python.org/3/library/asyncio-task.html#creating-tasks
_unfinished: set[asyncio.Task[Any]] = set()


async def run_detached(work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` to its end, also if the caller is cancelled meanwhile."""
    task = asyncio.create_task(work)
    keep(task)
    return await asyncio.shield(task)


def keep(task: asyncio.Task[Any]) -> None:
    """Keeps hold of a task until it has ended."""
    _unfinished.add(task)
    task.add_done_callback(_unfinished.discard)


async def drain(seconds: float) -> None:
    """Waits for all of them, for so long at most."""
    if _unfinished:
        await asyncio.wait(set(_unfinished), timeout=seconds)
