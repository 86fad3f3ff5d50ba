"""The load, as a process of its own: sends each request once, over 32 connections that are kept open.

Takes JSON: a port, the id of the process that listens there, and requests. Gives JSON: how long they took, and how
long that process computed.
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
    """Sends the next request once the last is answered; `done` when there is none left."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        """Takes requests that it may share with others."""
        self._requests = requests
        self._answer = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins."""
        self._transport = cast("asyncio.Transport", transport)  # which uvloop's are not, by name
        self._send_next()

    def data_received(self, data: bytes) -> None:
        """Goes on when an answer is whole."""
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
        """Fails if it was the server that hung up."""
        if not self.done.done():
            self.done.set_exception(error or EOFError("The server closed the connection."))

    def _send_next(self) -> None:
        if request := next(self._requests, None):
            self._transport.write(request)
        else:
            self.done.set_result(None)
            self._transport.close()


def _computed(pid: int) -> float:
    """The seconds that a process has computed, by the clock of clock_getcpuclockid(3): /proc counts in hundredths."""
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
