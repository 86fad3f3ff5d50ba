"""Steps that cancellation must not interrupt, such as returning a connection to its pool."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def uninterrupted(work: Coroutine[Any, Any, None]) -> None:
    """Runs `work` to its end, even if the caller is cancelled repeatedly, then raises the cancellation.

    `asyncio.shield` alone is not enough: a second cancellation would leave `work` running unobserved.
    """
    task = asyncio.ensure_future(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # marks it as retrieved; the cancellation is raised instead
    raise cancellation
