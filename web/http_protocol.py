"""HTTP connections whose clients do not take what is sent to them, and streams when the server is told to stop."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

from web.socket_protocol import PATIENCE_SECONDS

# Where in a request's scope["state"] there is an asyncio.Event to be set, if its answer would not end by itself.
STOPPING = "drawbridge.stopping"


class PatientHTTPProtocol(H11Protocol):
    """Cuts the connection of a client that is too slow, so that what waits for it stays bounded."""

    _slow: asyncio.TimerHandle | None = None

    def shutdown(self) -> None:
        """The server is to stop."""
        super().shutdown()
        if self.cycle and (stopping := self.cycle.scope.get("state", {}).get(STOPPING)):
            stopping.set()

    def pause_writing(self) -> None:
        """The buffers are full."""
        super().pause_writing()
        self._slow = self.loop.call_later(PATIENCE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read on."""
        self._stop_waiting()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._slow:
            self._slow.cancel()
            self._slow = None
