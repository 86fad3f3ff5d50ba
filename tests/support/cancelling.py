"""Cancels tasks at chosen points."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Generator
from types import coroutine
from typing import Any

from tests.support.waiting import PATIENCE


@coroutine
def _cancelling(work: Coroutine[Any, Any, None], points: set[int]) -> Generator[Any, Any, None]:
    """Runs `work`, and cancels its task at its n-th await for each n in `points`."""
    thrown: BaseException | None = None
    for point in itertools.count():
        try:
            waiting_for = work.throw(thrown) if thrown else work.send(None)
        except StopIteration:
            return
        thrown = None
        if point in points and (task := asyncio.current_task()):
            asyncio.get_running_loop().call_soon(task.cancel)
        try:
            yield waiting_for
        except BaseException as error:  # noqa: BLE001 - includes the cancellation, which `work` receives
            thrown = error


async def run_cancelled(work: Callable[[], Coroutine[Any, Any, None]], points: set[int]) -> bool:
    """Returns whether the work was cancelled; False if it finished before."""

    async def run() -> None:
        await _cancelling(work(), points)

    task = asyncio.create_task(run())
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait({task})
    return task.cancelled()
