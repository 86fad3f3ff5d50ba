"""Sends the head and the body of an answer by one system call: uvicorn writes them one after the other."""

import asyncio
from typing import Any

_MOST_BYTES = 64 * 1024


class CoalescedWrites:
    """A transport whose writes of one turn of the event loop go out together. All else is the transport's own."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Takes the transport; nothing has been written yet."""
        self.transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._length = 0

    def write(self, data: bytes) -> None:
        """Sends soon; at once what is long, so that whoever writes much is told when it is too much."""
        if not self._parts:
            self._loop.call_soon(self.flush)
        self._parts.append(data)
        self._length += len(data)
        if self._length > _MOST_BYTES:
            self.flush()

    def close(self) -> None:
        """Closes once all is sent."""
        self.flush()
        self.transport.close()

    def flush(self) -> None:
        """Sends what has been written."""
        parts, self._parts, self._length = self._parts, [], 0
        if parts and not self.transport.is_closing():
            self.transport.write(b"".join(parts))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transport has
        """What is neither writing nor closing."""
        return getattr(self.transport, name)
