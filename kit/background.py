"""Work that goes on beside everything else. Here, since adapters, use cases and the web all have some."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Does the work for as long as the context lasts, and waits until it has let go; raises what it has failed by."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})  # it may be within a transaction
        if not task.cancelled():
            task.result()
