"""Work that is not left half done."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Runs `work` to its end, also if the caller is cancelled meanwhile, as when a client leaves."""
    return await asyncio.shield(asyncio.create_task(work))
