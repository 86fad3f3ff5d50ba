"""HTTP connections whose clients are slow, or say nothing; and streams when the server is told to stop."""

import asyncio
from http import HTTPStatus
from typing import Any, cast

import orjson

from web.closing import STOPPING
from web.protocols.strict_http import StrictHTTPProtocol
from web.protocols.timeout_websocket import TIMEOUT_SECONDS
from web.protocols.write_coalescing import CoalescedWrites


class TimeoutHTTPProtocol(StrictHTTPProtocol):
    """Gives a client so many seconds to send a whole request, and to take what it is sent.

    The time begins when the connection does, and again after each answer. It stands still while the server works.
    """

    def __init__(self, *args: Any, seconds: float = TIMEOUT_SECONDS, **kwargs: Any) -> None:
        """Takes how long a client may keep the server waiting, besides what uvicorn hands over."""
        super().__init__(*args, **kwargs)
        self._seconds = seconds
        self._sending: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(cast("asyncio.Transport", CoalescedWrites(transport, self.loop)))
        self._wait_for_request()

    def data_received(self, data: bytes) -> None:
        """The client has sent something; a request that has come wholly stops the time."""
        super().data_received(data)
        if not self.waits_for_client:
            _cancel(self._sending)

    def on_response_complete(self) -> None:
        """The client's next request is due, or what is left of a body that nobody wanted."""
        super().on_response_complete()
        if self.waits_for_client:
            self._wait_for_request()

    def handle_websocket_upgrade(self) -> None:
        """Hands the connection over to the protocol of WebSockets, which has its own patience."""
        self._stop_waiting()
        coalesced = cast("CoalescedWrites", self.transport)
        coalesced.flush()
        self.transport = coalesced.transport
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """The server is to stop."""
        super().shutdown()
        if self.cycle and (stopping := self.cycle.scope.get("state", {}).get(STOPPING)):
            stopping.set()

    def pause_writing(self) -> None:
        """The buffers are full."""
        super().pause_writing()
        self._taking = self.loop.call_later(self._seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read on."""
        _cancel(self._taking)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def refuse(self, status: int, message: str) -> None:
        """Writes an answer past the application, and ends the connection."""
        if self.may_refuse:
            body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": "INVALID_REQUEST"}}]})
            head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
            head += "Allow: GET, POST\r\n" if status == 405 else ""
            self.transport.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        if self.cycle:
            self.cycle.disconnected = True  # whatever the application has to say comes too late
            self.cycle.message_event.set()
        self.transport.close()
        _cancel(self._taking)
        self._taking = self.loop.call_later(self._seconds, self.transport.abort)

    def _wait_for_request(self) -> None:
        _cancel(self._sending)
        self._sending = self.loop.call_later(self._seconds, self._give_up)

    def _give_up(self) -> None:
        """Says why, if the client has begun a request (RFC 9110, 15.5.9)."""
        if self.has_begun:
            self.refuse(408, "The request took too long to come.")
        else:
            self.transport.abort()

    def _stop_waiting(self) -> None:
        _cancel(self._sending)
        _cancel(self._taking)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer:
        timer.cancel()
