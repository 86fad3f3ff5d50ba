"""Waits for conditions without a signal, such as a change in another process."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

# The timeout of every wait. It is longer than even a slow machine needs.
PATIENCE = 60.0


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Returns when the condition holds; raises TimeoutError if it never does."""
    async with asyncio.timeout(seconds):
        while not await _holds(condition):  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.02)


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    holds = condition()
    return await holds if isawaitable(holds) else holds
