"""WebSockets whose clients do not take what is sent to them, or have gone without a word."""

import asyncio

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from web.closing import TRY_AGAIN_LATER

# How long a client may leave its full buffers as they are, and then the close frame behind them.
TIMEOUT_SECONDS = 10.0
_GRACE_SECONDS = 5.0
_MOST_FRAMES = 1000


class TimeoutWebSocketProtocol(WebSocketsSansIOProtocol):
    """Ends a socket whose client is too slow, so that what waits for it stays bounded."""

    _slow: asyncio.TimerHandle | None = None

    def start_keepalive(self) -> None:
        """The socket is open, and what it was asked for by is no longer needed."""
        del self.request, self.response
        super().start_keepalive()

    def pause_writing(self) -> None:
        """The buffers are full."""
        super().pause_writing()
        self._slow = self.loop.call_later(TIMEOUT_SECONDS, self._end, "Too slow: go on from your last cursor.")

    def resume_writing(self) -> None:
        """The client has read on."""
        self._stop_waiting()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """The client has not answered a ping."""
        self._end("No answer to a ping: go on from your last cursor.")

    def handle_ping(self) -> None:
        """Answers, unless the client leaves its answers untaken."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_cont(self, event: Frame) -> None:
        """Goes on with a message; the length of one is bounded elsewhere, but not in how many parts it comes."""
        if len(self.frames) < _MOST_FRAMES:
            super().handle_cont(event)
        elif not self.transport.is_closing():
            self._end("Too many frames in a message.")

    def data_received(self, data: bytes) -> None:
        """Sends the refusal of an upgrade that cannot be read, which uvicorn would leave unsent."""
        super().data_received(data)
        if self.conn.handshake_exc and not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def _stop_waiting(self) -> None:
        if self._slow:
            self._slow.cancel()
            self._slow = None

    def _end(self, reason: str) -> None:
        if self.close_sent or self.transport.is_closing():
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TRY_AGAIN_LATER, "reason": reason})
        self.conn.send_close(TRY_AGAIN_LATER, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()
        self.loop.call_later(_GRACE_SECONDS, self.transport.abort)
