"""Waiting for what nobody tells of."""

import asyncio
from collections.abc import Callable

_POLL_SECONDS = 0.02


async def until(happened: Callable[[], bool]) -> None:
    """Returns soon after it has happened. Callers say for how long they wait, by asyncio.timeout."""
    while not happened():  # noqa: ASYNC110 - what happens in other tasks, or elsewhere, sets no asyncio.Event
        await asyncio.sleep(_POLL_SECONDS)
