"""Minimal WebSocket subscribers, which only count and time frames, so that the server dominates the measurement."""

import asyncio
import itertools
import json
import time
from collections.abc import Sequence
from typing import Any, cast

_UPGRADE = (
    "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)
_TEXT, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A
_LONG, _LONGER = 126, 127
_AT_ONCE = 50


class Arrivals:
    """The arrival times of all subscribers' events."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._enough = asyncio.Event()
        self._wanted = 0

    def note(self, count: int) -> None:
        """Records the arrival of events."""
        self.times.extend(itertools.repeat(time.monotonic(), count))
        if len(self.times) >= self._wanted:
            self._enough.set()

    def expect(self, count: int) -> None:
        """Clears the recorded times, and sets the number of events to wait for."""
        self.times, self._wanted = [], count
        self._enough.clear()

    async def all(self) -> list[float]:
        """Waits for the expected number of events, and returns their times."""
        await asyncio.wait_for(self._enough.wait(), 120)
        return self.times


class Subscriber(asyncio.Protocol):
    """A WebSocket with one subscription."""

    def __init__(self, arrivals: Arrivals, token: str | None, payload: dict[str, Any]) -> None:
        self._arrivals = arrivals
        self._begin = [
            {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}},
            {"type": "subscribe", "id": "1", "payload": payload},
        ]
        self._waiting = b""
        self._answered = False
        self.began = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(_UPGRADE.encode())

    def data_received(self, data: bytes) -> None:
        """Parses the frames that are complete."""
        data = self._waiting + data
        place = 0 if self._answered else self._read_answer(data)
        events = 0
        while (frame := _frame_at(data, place)) and frame[2] <= len(data):
            opcode, start, place = frame
            events += self._read(opcode, data[start:place])
        self._waiting = data[place:]
        if events:
            self._arrivals.note(events)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fails the benchmark if the server closes the connection."""
        if not self.began.done():
            self.began.set_exception(exc or ConnectionResetError())

    def close(self) -> None:
        self._transport.abort()

    def _read_answer(self, data: bytes) -> int:
        end = data.find(b"\r\n\r\n") + 4
        self._answered = end > 3
        if self._answered:
            self._send(_TEXT, json.dumps(self._begin.pop(0)).encode())
        return end if self._answered else 0

    def _read(self, opcode: int, payload: bytes) -> bool:
        """Handles a frame; returns whether it is an event."""
        if opcode == _PING:
            self._send(_PONG, payload)
        elif opcode == _CLOSE:
            self.ended.set()
        elif opcode != _TEXT:
            raise SystemExit(payload.decode(errors="replace"))
        elif self._begin:  # the acknowledgement
            self._send(_TEXT, json.dumps(self._begin.pop(0)).encode())
            self.began.set_result(None)
        elif b'"next"' not in payload or b'"errors"' in payload:
            raise SystemExit(payload.decode())
        else:
            return True
        return False

    def _send(self, opcode: int, payload: bytes) -> None:
        """Sends a frame with a mask of zeros (RFC 6455, 5.3)."""
        size = len(payload)
        length = bytes([0x80 | size]) if size < _LONG else bytes([0x80 | _LONG]) + size.to_bytes(2)
        self._transport.write(bytes([opcode]) + length + bytes(4) + payload)


def _frame_at(data: bytes, place: int) -> tuple[int, int, int] | None:
    """Returns the opcode and the bounds of the payload, or None if the header is incomplete."""
    if len(data) < place + 2:
        return None
    size, start = data[place + 1], place + 2
    if size >= _LONG:
        start += 2 if size == _LONG else 8
        size = int.from_bytes(data[place + 2 : start]) if len(data) >= start else _LONGER
    return data[place], start, start + size


async def subscribe(
    port: int, tokens: Sequence[str | None], payload: dict[str, Any]
) -> tuple[Arrivals, list[Subscriber]]:
    """Connects a subscriber with each token to a port, in batches."""
    arrivals, loop = Arrivals(), asyncio.get_running_loop()
    subscribers: list[Subscriber] = []
    for begin in range(0, len(tokens), _AT_ONCE):
        some = [Subscriber(arrivals, token, payload) for token in tokens[begin : begin + _AT_ONCE]]
        for subscriber in some:
            await loop.create_connection(lambda subscriber=subscriber: subscriber, "127.0.0.1", port)  # type: ignore[misc]
        await asyncio.gather(*(subscriber.began for subscriber in some))
        subscribers += some
    return arrivals, subscribers
