"""Serves an ASGI application from this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import sleep
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from tests.support.waiting import PATIENCE


@contextmanager
def running_app(app: ASGIApp, **options: Any) -> Iterator[int]:
    """Serves an application in a thread; yields its port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", **options))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(int(PATIENCE / 0.01)):
        if server.started:
            break
        sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
