"""Steps that must run to their end, such as giving a connection back."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def uninterrupted(work: Coroutine[Any, Any, None]) -> None:
    """Runs `work` to its end however often the caller is cancelled meanwhile; then the cancellation goes on.

    A shield alone is not enough: a second cancellation would leave `work` running, with nobody to see it fail.
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
        task.exception()  # the cancellation is raised instead
    raise cancellation
