"""Generates load in a separate process: sends each request once, over 32 persistent connections.

Reads JSON from stdin: a port, the id of the server process, and the requests. Writes JSON to stdout: the elapsed time
and the CPU time of the server process.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator
from typing import cast

import uvloop

_CONNECTIONS, _SECONDS = 32, 60
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class _Connection(asyncio.Protocol):
    """Sends requests one after the other; `done` resolves when the shared iterator is exhausted."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._answer = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports do not inherit from it
        self._send_next()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or len(body) < int(_LENGTH.findall(head)[0]):
            return
        if not head.startswith(b"HTTP/1.1 200 ") or b'"errors"' in body:
            self.done.set_exception(ValueError(self._answer.decode()))
            return
        self._answer = b""
        self._send_next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or EOFError("The server closed the connection."))

    def _send_next(self) -> None:
        if request := next(self._requests, None):
            self._transport.write(request)
        else:
            self.done.set_result(None)
            self._transport.close()


def _computed(pid: int) -> float:
    """Returns a process's CPU time in seconds with clock_getcpuclockid(3), as /proc only has a resolution of 10 ms."""
    return time.clock_gettime(~pid << 3 | 2)


async def _send(port: int, pid: int, requests: list[str]) -> dict[str, float]:
    loop, left = asyncio.get_running_loop(), iter([request.encode() for request in requests])
    computed, began = _computed(pid), time.perf_counter()
    opened = [loop.create_connection(lambda: _Connection(left), "127.0.0.1", port) for _ in range(_CONNECTIONS)]
    async with asyncio.timeout(_SECONDS):
        await asyncio.gather(*(connection.done for _, connection in await asyncio.gather(*opened)))
    return {"seconds": time.perf_counter() - began, "computed": _computed(pid) - computed}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_send(**json.load(sys.stdin)))))  # noqa: T201 - the result
