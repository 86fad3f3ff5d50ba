"""Waits for conditions without a signal, such as a change in another process."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

# The timeout of every wait. It is longer than even a slow machine needs.
PATIENCE = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.02, 0.25, 1.2


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Returns when the condition holds; raises TimeoutError if it never does."""
    async with asyncio.timeout(seconds):
        pause = _FIRST_PAUSE
        while not await _holds(condition):
            await asyncio.sleep(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    holds = condition()
    return await holds if isawaitable(holds) else holds
