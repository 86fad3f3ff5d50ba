"""uvicorn's WebSocket protocol, with timeouts and bounds for clients that do not read (RFC 6455)."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from web.closing import TRY_AGAIN_LATER
from web.protocols.message_queue import MessageQueue

_TIMEOUT_SECONDS, _GRACE_SECONDS = 10.0, 5.0


class TimeoutWebSocketProtocol(WebSocketsSansIOProtocol):
    """Ends a socket whose client leaves its buffers full, so that its queue stays bounded."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue = MessageQueue()  # type: ignore[assignment] # has the methods that uvicorn calls

    def start_keepalive(self) -> None:
        """Drops the texts of the handshake, which is over."""
        super().start_keepalive()
        self.request.headers.clear()  # the parser's frame holds the request itself
        del self.request, self.response

    def pause_writing(self) -> None:
        super().pause_writing()
        self._slow = self.loop.call_later(_TIMEOUT_SECONDS, self._end, "Too slow: go on from your last cursor.")

    def resume_writing(self) -> None:
        if not self.writable.is_set():  # else it was paused before the upgrade
            self._slow.cancel()
        super().resume_writing()

    def keepalive_timeout(self) -> None:
        self._end("No answer to a ping: go on from your last cursor.")

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # takes the pong away

    def handle_cont(self, event: Frame) -> None:
        super().handle_cont(event)
        if len(self.frames) > 1000:  # websockets bounds their bytes, not their number
            self._end("Too many frames in a message.")

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc and not self.handshake_initiated:  # uvicorn leaves the refusal unsent
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def _end(self, reason: str) -> None:
        if self.close_sent or self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TRY_AGAIN_LATER, "reason": reason})
        self.conn.send_close(TRY_AGAIN_LATER, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()
        self.loop.call_later(_GRACE_SECONDS, self.transport.abort)
