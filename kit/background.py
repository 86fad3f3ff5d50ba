"""Background tasks for adapters, use cases and the web."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from kit.failures import log_failure

_logger = logging.getLogger(__name__)


@asynccontextmanager
async def in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs `work` until the context ends, then cancels it and waits for its end.

    A failure is logged when it happens, and raised when the context ends.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(_log)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})  # it may have to roll a transaction back
        if not task.cancelled():
            task.result()


def _log(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (failure := task.exception()):
        log_failure(_logger, "a background task", failure)
