"""uvicorn's httptools protocol with timeouts, as strict as h11, and answering in order (RFC 9110 and 9112)."""

import asyncio
from functools import partial
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import orjson
from httptools import HttpParserError, HttpParserInvalidMethodError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from web.closing import HALF_CLOSED, STOPPING

_SLICE_BYTES = 16 * 1024  # so that an endless head is noticed within a long read


class TimeoutHTTPProtocol(HttpToolsProtocol):
    """Cuts a client that takes longer than `timeout_keep_alive` to send a request, or to empty its full buffers.

    uvicorn's own timer runs between requests. This one runs until a request is complete, too. A malformed request ends
    the connection when the requests before it have been answered; without any, it is refused in GraphQL's form.
    """

    _answered: RequestResponseCycle = None  # type: ignore[assignment] # while `cycle` is the one that came last
    _has_begun = False
    _has_ended = False
    _incomplete = 0  # bytes since a head, or a part of a body, was complete
    _unsent = b""  # written in this turn of the event loop

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # What a response calls, so that its head and its body take one system call.
        self._writer = SimpleNamespace(write=self._write, close=self._close, is_closing=transport.is_closing)
        self._set_timer()

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _SLICE_BYTES):
            if not self._has_ended:
                self._receive(data[start : start + _SLICE_BYTES])

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answers what has come from a client that has closed its own direction only (RFC 9112, section 9.6).

        asyncio would close the connection. Whether the client has closed both is noticed when something is sent.
        """
        if self._has_begun and not self._has_ended:
            self._end(400, "The request is incomplete.")
        self._has_ended = True
        if self._waits_for_client() and not self.pipeline:
            return False
        self.cycle.keep_alive = False
        self._unset_keepalive_if_required()
        if half_closed := self._answered.scope["state"].get(HALF_CLOSED):
            half_closed.set()
        return True

    def on_message_begin(self) -> None:
        self._has_begun = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if "method" not in self.scope:  # else it comes behind the body, where proxies do not look
            super().on_header(name, value.rstrip(b" \t"))

    def on_headers_complete(self) -> None:
        self._incomplete = 0
        self._check_head(self.parser.get_http_version(), [name for name, _ in self.headers])
        if not self.parser.should_upgrade() or self._should_upgrade():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._incomplete = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._incomplete, self._has_begun = 0, False
        if "path" in self.scope:  # else it is an upgrade
            super().on_message_complete()
            self.cycle.more_body = False  # which uvicorn leaves as it is if the response came first
            self._set_timer()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._set_timer()

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        if self._has_begun and not self.flow.write_paused and not self.transport.is_closing():
            self._refuse(408, "The request took too long.")
        else:
            self.transport.abort()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._set_timer()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._set_timer()

    def shutdown(self) -> None:
        self._has_ended, self.cycle = self._has_ended or bool(self.pipeline), self._answered
        super().shutdown()
        if self.cycle and (stopping := self.cycle.scope["state"].get(STOPPING)):
            stopping.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.cycle = self._answered
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - an ASGI application
        self._answered, cycle.transport = cycle, self._writer  # type: ignore[assignment]
        if cycle.scope["http_version"] == "1.0":  # which has no chunks: nginx speaks it unless told otherwise
            cycle.chunked_encoding = False
            cycle.send = partial(self._send_unchunked, cycle.send)  # type: ignore[method-assign]
        super()._start_asgi_task(cycle, app)

    async def _send_unchunked(self, send: Any, message: Any) -> None:  # noqa: ANN401 - ASGI's
        self._answered.expected_content_length = len(message.get("body", b""))  # uvicorn compares the two
        await send(message)

    def _write(self, data: bytes) -> None:
        if not self._unsent:
            self.loop.call_soon(self._flush)
        self._unsent += data
        if len(self._unsent) > _SLICE_BYTES:  # so that a stream's sender soon learns that the buffers are full
            self._flush()

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, b""
        if unsent and not self.transport.is_closing():
            self.transport.write(unsent)

    def _close(self) -> None:
        self._flush()
        self.transport.close()

    def _check_head(self, version: str, names: list[bytes]) -> None:
        """Refuses heads that httptools accepts, but a proxy may read in another way (RFC 9112, 11.2)."""
        if version not in {"1.0", "1.1"}:
            raise HttpParserError("The version must be HTTP/1.0 or HTTP/1.1.")
        if self.parser.get_method() == b"CONNECT" or not self.url.startswith(b"/") or b"#" in self.url:
            raise HttpParserError("The target must be a path, with or without a query.")
        if names.count(b"host") != 1 and (version == "1.1" or b"host" in names):
            raise HttpParserError("There must be one Host header.")
        if any(name == b"transfer-encoding" and value.lower() != b"chunked" for name, value in self.headers):
            raise HttpParserError("Transfer-Encoding must be chunked.")
        if self._should_upgrade() and (version == "1.0" or self._has_body()):  # websockets would end without a response
            raise HttpParserError("A WebSocket begins with an HTTP/1.1 request without a body.")
        if len(self.pipeline) >= 100:  # each takes some KiB
            raise HttpParserError("Too many requests are waiting.")

    def _has_body(self) -> bool:
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and int(value)) for name, value in self.headers
        )

    def _waits_for_client(self) -> bool:
        return not self._answered or self._answered.more_body or self._answered.response_complete

    def _set_timer(self) -> None:
        if not (self.flow.write_paused or self._waits_for_client()):
            self._unset_keepalive_if_required()
        elif not self.timeout_keep_alive_task:
            timer = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
            self.timeout_keep_alive_task = timer

    def _receive(self, data: bytes) -> None:
        if not self._has_begun and data[:1] in {b"\r", b"\n"}:
            self._end(400, "A request must not begin with an empty line.")
            return
        self._incomplete += len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except HttpParserInvalidMethodError:
            self._end(405 if b" HTTP/1." in data.partition(b"\r\n")[0] else 400, "Unknown method.")
        except HttpParserError as error:
            cause = error.__context__
            self._end(400, str(cause) if isinstance(cause, HttpParserError) else "Malformed HTTP request.")
        if self._incomplete > (most := self.config.h11_max_incomplete_event_size or 0) and not self._has_ended:
            self._end(431, f"The URL and the headers are longer than {most} bytes.")

    def _upgrade(self, rest: bytes) -> None:
        """Changes to WebSocket. Offers of HTTP/2 are parsed again without: httptools takes no body behind one."""
        if not self._should_upgrade():
            head = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())]
            head += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
            self.parser = HttpRequestParser(self)
            self._receive(b"\r\n".join([*head, b"", rest]))
        elif not self._waits_for_client():
            self._end(400, "A WebSocket must not begin behind a request.")
        else:
            self._has_ended = True
            self._unset_keepalive_if_required()
            self._flush()
            self.handle_websocket_upgrade()

    def _end(self, status: int, message: str) -> None:
        self._has_ended = True
        self.logger.warning("Invalid HTTP request received: %s", message)
        if self.pipeline and self.cycle.more_body:  # it waits, and never becomes complete
            self.pipeline.popleft()
        self.cycle = self.pipeline[0][0] if self.pipeline else self._answered
        if self._waits_for_client():
            self._refuse(status, message)
        else:
            self.cycle.keep_alive = False

    def _refuse(self, status: int, message: str) -> None:
        if not (cycle := self.cycle) or not (cycle.more_body if cycle.response_complete else cycle.response_started):
            extensions = {"code": "HEADERS_TOO_LONG" if status == 431 else "INVALID_REQUEST"}
            body = orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})
            head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
            head += "Allow: GET, POST\r\n" if status == 405 else ""
            self._write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        self._close()
        self._set_timer()
