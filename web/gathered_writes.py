"""Sends the head and the body of an answer by one system call: uvicorn writes them one after the other."""

import asyncio
from typing import Any


class GatheredWrites:
    """A transport whose writes of one turn of the event loop go out together. All else is the transport's own."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Takes the transport; nothing has been written yet."""
        self.transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Sends soon."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        """Closes once all is sent."""
        self._flush()
        self.transport.close()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts and not self.transport.is_closing():
            self.transport.write(b"".join(parts))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transport has
        """What is neither writing nor closing."""
        return getattr(self.transport, name)
