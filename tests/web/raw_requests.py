"""Raw requests, some of which other HTTP parsers would interpret differently (request smuggling)."""

import asyncio
import re
from contextlib import suppress

from tests.support.waiting import PATIENCE

_HOST = b"Host: localhost\r\n"
_QUERY = b'{"query":"{__typename}"}'
_LENGTH = b"Content-Length: %d\r\n" % len(_QUERY)
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_CHUNK = b"%x\r\n%b\r\n" % (len(_QUERY), _QUERY)
_POST = b"POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\n" + _HOST
HTTP_2 = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
WEBSOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"


def get(target: bytes = b"/healthz", version: bytes = b"HTTP/1.1", host: bytes = _HOST, more: bytes = b"") -> bytes:
    """A request without a body."""
    return b"GET %b %b\r\n%b%b\r\n" % (target, version, host, more)


def post(more: bytes = b"", length: bytes = _LENGTH) -> bytes:
    """A query with a Content-Length."""
    return _POST + length + more + b"\r\n" + _QUERY


def post_in_chunks(more: bytes = b"", coding: bytes = _CHUNKED, end: bytes = b"0\r\n\r\n") -> bytes:
    """A query with a chunked body."""
    return _POST + coding + more + b"\r\n" + _CHUNK + end


LAST = get(more=b"Connection: close\r\n")

AMBIGUOUS = {
    "a length, and chunks": post_in_chunks(_LENGTH),
    "two lengths": post(b"Content-Length: 5\r\n"),
    "the same length twice": post(_LENGTH),
    "a length with a sign": post(length=b"Content-Length: +24\r\n"),
    "a length with an underscore": post(length=b"Content-Length: 2_4\r\n"),
    "a length beyond 64 bits": post(length=b"Content-Length: 18446744073709551640\r\n"),
    "no length where one is named": post(length=b"Content-Length:\r\n"),
    "another coding": post_in_chunks(coding=b"Transfer-Encoding: xchunked\r\n"),
    "two codings": post_in_chunks(coding=b"Transfer-Encoding: gzip, chunked\r\n"),
    "two codings in two lines": post_in_chunks(coding=b"Transfer-Encoding: gzip\r\n" + _CHUNKED),
    "a coding that is not the last": post_in_chunks(coding=b"Transfer-Encoding: chunked, identity\r\n"),
    "a coding behind a vertical tab": post_in_chunks(coding=b"Transfer-Encoding: \x0bchunked\r\n"),
    "a coding in a folded line": post_in_chunks(coding=b"Transfer-Encoding:\r\n chunked\r\n"),
    "a space before the colon": post_in_chunks(coding=b"Transfer-Encoding : chunked\r\n"),
    "a folded line": get(more=b"X-A: b\r\n c\r\n"),
    "a line that ends with LF": get(more=b"X-A: b\nX-B: c\r\n"),
    "a CR within a line": get(more=b"X-A: b\rX-B: c\r\n"),
    "NUL in a value": get(more=b"X-A: b\0c\r\n"),
    "NUL in a name": get(more=b"X\0A: b\r\n"),
    "no name": get(more=b": b\r\n"),
    "no Host": get(host=b""),
    "two Hosts": get(more=_HOST),
    "two Hosts in HTTP/1.0": get(version=b"HTTP/1.0", more=_HOST),
    "an upgrade with two Hosts": get(b"/graphql", more=_HOST + WEBSOCKET),
    "a target with a host": get(b"http://localhost/healthz"),
    "a target with a fragment": get(b"/healthz#x"),
    "a target that is no path": get(b"healthz"),
    "a target with a control character": get(b"/healthz\x01"),
    "HTTP/2.0": get(version=b"HTTP/2.0"),
    "HTTP/0.9": b"GET /healthz\r\n\r\n",
    "CONNECT": b"CONNECT localhost:80 HTTP/1.1\r\n" + _HOST + b"\r\n",
    "CONNECT to a path": b"CONNECT /graphql HTTP/1.1\r\n" + _HOST + b"\r\n",
    "CONNECT to a WebSocket": b"CONNECT localhost:80 HTTP/1.1\r\n" + _HOST + WEBSOCKET + b"\r\n",
    "an empty line first": b"\r\n" + get(),
    "a chunk whose size has a prefix": post_in_chunks(end=b"0x0\r\n\r\n"),
    "a chunk whose size ends with LF": post_in_chunks(end=b"0\n\r\n"),
    "a chunk whose size is beyond 64 bits": post_in_chunks(end=b"10000000000000000\r\n\r\n"),
    "a length behind the body": post_in_chunks(end=b"0\r\nContent-Length: 5\r\n\r\n"),
}

_MUCH = b"x" * 1_000_000
ENDLESS = {
    "a URL": b"GET /" + _MUCH,
    "a header's name": get()[:-2] + _MUCH,
    "a header's value": get()[:-2] + b"X-A: " + _MUCH,
    "headers": get()[:-2] + b"X-A: b\r\n" * 100_000,
    "what a chunk's size is followed by": _POST + _CHUNKED + b"\r\n1;a=" + _MUCH,
    "a header behind the body": post_in_chunks(end=b"0\r\nX-A: " + _MUCH),
    "headers behind the body": post_in_chunks(end=b"0\r\n" + b"X-A: b\r\n" * 100_000),
}


_KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


def upgrade(more: bytes = b"", body: bytes = b"", method: bytes = b"GET", version: bytes = b"HTTP/1.1") -> bytes:
    """The request that begins a WebSocket."""
    head = b"%b /graphql %b\r\n%b%b%b" % (method, version, _HOST, WEBSOCKET, _KEY)
    return head + b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n" + more + b"\r\n" + body


_WITHOUT_KEY = get(b"/graphql", more=WEBSOCKET)
# Requests to upgrade that begin no WebSocket, and the status of the response.
UPGRADES = {
    "a length": (upgrade(b"Content-Length: 1\r\n", b"x"), "400"),
    "a length, and nothing behind": (upgrade(b"Content-Length: 1\r\n"), "400"),
    "chunks": (upgrade(_CHUNKED, b"0\r\n\r\n"), "400"),
    "a body for PUT": (upgrade(b"Content-Length: 1\r\n", b"x", method=b"PUT"), "400"),
    "HTTP/1.0": (upgrade(version=b"HTTP/1.0"), "400"),
    "POST": (upgrade(method=b"POST"), "405"),
    "an unusual method": (upgrade(method=b"PURGE"), "405"),
    "no key": (_WITHOUT_KEY, "400"),
    "two keys": (upgrade(_KEY), "400"),
    "a short key": (_WITHOUT_KEY[:-2] + b"Sec-WebSocket-Key: x\r\n\r\n", "400"),
    "no version": (upgrade().replace(b"Sec-WebSocket-Version: 13\r\n", b""), "400"),
    "an old version": (upgrade().replace(b"Version: 13", b"Version: 8"), "400"),
    "two versions": (upgrade(b"Sec-WebSocket-Version: 13\r\n"), "400"),
    "a protocol that is no token": (upgrade(b"Sec-WebSocket-Protocol: ,;=\r\n"), "400"),
    "two origins": (upgrade(b"Origin: a\r\nOrigin: b\r\n"), "400"),
    "no host": (upgrade().replace(_HOST, b""), "400"),
    "another path": (upgrade().replace(b"/graphql", b"/healthz"), "403"),
    "a path of percent signs": (upgrade().replace(b"/graphql", b"/%zz%ff"), "403"),
    "a long header": (upgrade(b"X-A: " + b"x" * 9000 + b"\r\n"), "431"),
    "many headers": (upgrade(b"X-A: b\r\n" * 150), "431"),
}


async def statuses(port: int, request: bytes) -> tuple[list[str], str]:
    """The statuses of all responses until the server closes the connection, and the last body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = b""
    with suppress(ConnectionError):
        writer.write(request)
        while part := await asyncio.wait_for(reader.read(65536), PATIENCE):
            answers += part
    writer.close()
    text = answers.decode(errors="replace")  # a WebSocket has frames
    return re.findall("HTTP/1.1 ([0-9]+)", text), text.rpartition("\r\n\r\n")[2]
