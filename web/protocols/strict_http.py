"""HTTP by httptools, which is fast; strict, bounded and in order as h11 is, which is not."""

from enum import Enum, auto
from typing import Any

from httptools import HttpParserError, HttpParserInvalidMethodError, HttpParserUpgrade, HttpRequestParser
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from web.protocols.http10 import until_closed
from web.protocols.request_heads import RefusedHeadError, check_head, status_of_unread

_HEADER_BYTES = 16 * 1024
# How many requests may wait behind the one that is being answered: each takes some KiB.
_MOST_WAITING = 100


class _Part(Enum):
    """What of a request is to come."""

    BEGINNING = auto()
    HEAD = auto()
    BODY = auto()


class StrictHTTPProtocol(HttpToolsProtocol):
    """Answers requests in their order, and calls `refuse` with what is no request or has too long headers."""

    def __init__(self, *args: Any, header_bytes: int = _HEADER_BYTES, **kwargs: Any) -> None:
        """Takes how long what is not a body may be while it is incomplete, besides what uvicorn hands over."""
        super().__init__(*args, **kwargs)
        self._header_bytes = header_bytes
        self.parser.set_dangerous_leniencies(lenient_data_after_close=False)  # as uvicorn sets it
        self._incomplete = 0
        self._part = _Part.BEGINNING
        self._has_ended = False
        self._answered: RequestResponseCycle | None = None

    @property
    def has_begun(self) -> bool:
        """Whether a part of a request has come."""
        return self._part is not _Part.BEGINNING

    @property
    def waits_for_client(self) -> bool:
        """Whether a request, or the rest of one, is due; and not an answer."""
        return self._answered is None or self._answered.more_body or self._answered.response_complete

    @property
    def may_refuse(self) -> bool:
        """Whether an answer now would be one to the request that came last, and the only one."""
        if self.cycle is None or self.transport.is_closing():
            return not self.transport.is_closing()
        if self.cycle.response_complete:
            return not self.cycle.more_body
        return self.cycle.more_body and not self.cycle.response_started

    def refuse(self, status: int, message: str) -> None:
        """Ends the connection; not while an earlier request is answered."""
        raise NotImplementedError

    def data_received(self, data: bytes) -> None:
        """The client has sent something."""
        self._unset_keepalive_if_required()
        if self._has_ended:
            self.flow.pause_reading()
            return
        if self._part is _Part.BEGINNING and data[:1] in {b"\r", b"\n"}:
            self._end(400, "A request does not begin with an empty line.")
            return
        self._incomplete += len(data)
        self._feed(data)
        if self._incomplete > self._header_bytes:
            self._end(431, f"The headers and the URL are longer than {self._header_bytes} bytes.")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._part = _Part.HEAD

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header, but none that comes behind the body: proxies have not looked at those."""
        if self._part is _Part.HEAD:
            super().on_header(name, value.rstrip(b" \t"))

    def on_headers_complete(self) -> None:
        """Starts answering, or lets the request wait for its turn."""
        self._incomplete = 0
        self._part = _Part.BODY
        check_head(self.parser.get_method(), self.url, self.parser.get_http_version(), self.headers)
        if len(self.pipeline) >= _MOST_WAITING:
            raise RefusedHeadError("Too many requests wait for their answers.")
        if not self._ignores_upgrade():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Takes a part of the body."""
        self._incomplete = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has come wholly."""
        self._incomplete = 0
        self._part = _Part.BEGINNING
        if not self._ignores_upgrade():
            super().on_message_complete()
            if self.cycle:
                self.cycle.more_body = False  # which uvicorn leaves as it is where the answer came before the body

    def shutdown(self) -> None:
        """The server is to stop."""
        self._forget_waiting()
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._forget_waiting()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, until_closed(app, cycle) if cycle.scope["http_version"] == "1.0" else app)

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except HttpParserInvalidMethodError:
            self._end(status_of_unread(data), "There is no such method.")
        except HttpParserError as error:
            reason = error.__context__
            self._end(400, str(reason) if isinstance(reason, RefusedHeadError) else "This is no HTTP request.")

    def _ignores_upgrade(self) -> bool:
        """Whether a client would rather speak something else, which is no WebSocket."""
        return self.parser.should_upgrade() and not self._should_upgrade()

    def _upgrade(self, rest: bytes) -> None:
        """Hands over to WebSockets; else reads anew, since httptools takes the body for another request."""
        if self._should_upgrade() and self._is_answering():
            self._end(400, "A WebSocket does not begin behind a request.")
        elif self._should_upgrade():
            self.handle_websocket_upgrade()
        else:
            head = self._head_without_upgrade()
            self.parser = HttpRequestParser(self)
            self._feed(head + rest)

    def _head_without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _end(self, status: int, message: str) -> None:
        """Reads no more, and refuses what came last; requests that came wholly before it are answered first."""
        self._has_ended = True
        self.logger.warning("Invalid HTTP request received: %s", message)
        if self._answered and self.pipeline and self.cycle and self.cycle.more_body:  # it waits, and never comes wholly
            self.pipeline.popleft()
            self.cycle = self.pipeline[0][0] if self.pipeline else self._answered
        if self.cycle and self._is_answering() and not self.cycle.more_body:
            self.cycle.keep_alive = False
        else:
            self._forget_waiting()
            self.refuse(status, message)

    def _forget_waiting(self) -> None:
        """Leaves requests unanswered that wait behind another."""
        if self._answered and self.pipeline:
            self.pipeline.clear()
            self.cycle, self._has_ended = self._answered, True
