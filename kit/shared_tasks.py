"""Tasks that serve more than one request."""

import asyncio
from collections.abc import Coroutine
from contextvars import copy_context
from typing import Any, TypeVar

from kit.request_ids import CLIENT, REQUEST_ID

T = TypeVar("T")


def start_shared(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Starts a task whose log lines do not name the request that happens to start it."""
    context = copy_context()
    context.run(_forget_request)
    return asyncio.create_task(work, context=context)


def _forget_request() -> None:
    for variable in (REQUEST_ID, CLIENT):
        variable.set(None)
