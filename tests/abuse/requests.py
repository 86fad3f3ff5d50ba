"""Attacks outside the document: variables, bodies, headers and WebSocket messages."""

import gzip
import json
from dataclasses import dataclass
from typing import Any

from tests.abuse.documents import INVALID, SECRET

_VIEWER = "{ viewer { name } }"
_EVENTS = "query ($filter: EventFilter) { events(filter: $filter) { totalCount } }"
_NODE = "query ($id: ID!) { node(id: $id) { id } }"
_COUNT = "query ($first: Int) { integrations(first: $first) { totalCount } }"
DELETE = 'mutation { deleteIntegration(input: {id: "x"}) { __typename } }'
VALUES = "VARIABLES_LIMIT_EXCEEDED"
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Variables:
    """An operation with harmful variables, and the code of its error; None if it succeeds."""

    document: str
    variables: dict[str, Any]
    code: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """A POST, and the status and error code of its response; the code is None if it succeeds."""

    body: bytes
    headers: dict[str, str]
    status: int
    code: str | None = INVALID


def _nested(depth: int) -> object:
    value: object = SECRET
    for _ in range(depth):
        value = [value]
    return value


def _objects(depth: int) -> object:
    value: object = SECRET
    for _ in range(depth):
        value = {"kinds": value}
    return value


VARIABLES = {
    "40,000 enum values": Variables(_EVENTS, {"filter": {"kinds": ["TOKEN_ISSUED"] * 40_000}}, VALUES),
    "40,000 wrong enum values": Variables(_EVENTS, {"filter": {"kinds": ["TOKEN_ISSUE"] * 40_000}}, VALUES),
    "900 wrong enum values": Variables(_EVENTS, {"filter": {"kinds": [SECRET] * 900}}, INVALID),
    "5,000 variables that nobody asked for": Variables(_VIEWER, {f"v{n}": n for n in range(5000)}, VALUES),
    "900 unknown input fields": Variables(_EVENTS, {"filter": {f"kind{n}": n for n in range(900)}}, INVALID),
    "400 lists in each other": Variables(_EVENTS, {"filter": {"kinds": _nested(400)}}, INVALID),
    "400 lists in place of a string": Variables(_NODE, {"id": _nested(400)}, INVALID),
    "400 objects in each other": Variables(_EVENTS, {"filter": _objects(400)}, INVALID),
    "a string of 900,000 characters": Variables(_NODE, {"id": "x" * 900_000}, None),
    "a string of 900,000 characters for a filter": Variables(_EVENTS, {"filter": {"subject": "x" * 900_000}}, None),
    "900,000 characters in place of a number": Variables(_COUNT, {"first": SECRET * 30_000}, INVALID),
    "a key of 900,000 characters": Variables(_EVENTS, {"filter": {"x" * 900_000: 1}}, INVALID),
    "a NUL": Variables(_NODE, {"id": f"{SECRET}\0"}, None),
    "a page that is endless": Variables(_COUNT, {"first": 2**31 - 1}, "INVALID_ARGUMENT"),
    "a page that is negative": Variables(_COUNT, {"first": -1}, "INVALID_ARGUMENT"),
    "a secret where a number belongs": Variables(_COUNT, {"first": SECRET}, INVALID),
    "a secret where an object belongs": Variables(_EVENTS, {"filter": SECRET}, INVALID),
}


def _body(**parts: object) -> bytes:
    return json.dumps({"query": _VIEWER, **parts}).encode()


def _form(media_type: str, body: bytes) -> Request:
    return Request(body, {"Content-Type": media_type}, 415)


_MULTIPART = f'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{json.dumps({"query": DELETE})}\r\n--x--'

BODIES = {
    "100,000 brackets": Request(b"[" * 100_000, _JSON, 400),
    "100,000 brackets as the query": Request(b'{"query":' + b"[" * 100_000, _JSON, 400),
    "100,000 objects in each other": Request(b'{"a":' * 100_000, _JSON, 400),
    "lists that nest beyond what JSON readers take": Request(
        _body(variables={})[:-2] + b'"a":' + b"[" * 5000, _JSON, 400
    ),
    "NaN": Request(b'{"query":"{viewer{name}}","variables":{"first":NaN}}', _JSON, 400),
    "Infinity": Request(b'{"query":"{viewer{name}}","variables":{"first":-Infinity}}', _JSON, 400),
    "a number beyond all floats": Request(b'{"query":"{viewer{name}}","variables":{"first":1e400}}', _JSON, 400),
    "an integer of 5,000 digits": Request(b'{"query":"a","variables":{"first":' + b"9" * 5000 + b"}}", _JSON, 400),
    "a lone surrogate in the document": Request(b'{"query":"{viewer{name}} #\\ud800"}', _JSON, 400),
    "a lone surrogate in the variables": Request(b'{"query":"{viewer{name}}","variables":{"a":"\\udc00"}}', _JSON, 400),
    "no UTF-8": Request(b'{"query":"\xc3\x28"}', _JSON, 400),
    "a byte order mark": Request(b"\xef\xbb\xbf" + _body(), _JSON, 400),
    "UTF-16": Request(_body().decode().encode("utf-16"), _JSON, 400),
    "duplicated keys, the last of them wrong": Request(_body()[:-1] + b',"query":1}', _JSON, 400),
    "a batch": Request(json.dumps([{"query": _VIEWER}]).encode(), _JSON, 400),
    "a batch of 10,000": Request(json.dumps([{"query": _VIEWER}] * 10_000).encode(), _JSON, 400),
    "an empty body": Request(b"", _JSON, 400),
    "a body of 2 MiB": Request(_body(extensions={"x": SECRET + "x" * 2**21}), _JSON, 413, "BODY_TOO_LONG"),
    "headers of 40 KiB": Request(_body(), _JSON | {"X-Long": "x" * 40_960}, 431, "HEADERS_TOO_LONG"),
    "200 headers of 250 bytes": Request(
        _body(), _JSON | {f"X-{n}": "x" * 250 for n in range(200)}, 431, "HEADERS_TOO_LONG"
    ),
    "30 KiB of what is accepted": Request(_body(), _JSON | {"Accept": "*/*;q=0.1," * 2800}, 200, None),
    "a gzip body": Request(gzip.compress(_body()), _JSON | {"Content-Encoding": "gzip"}, 415),
    "a gzip body that unpacks to 100 MiB": Request(
        gzip.compress(bytes(10**8), 9), _JSON | {"Content-Encoding": "gzip"}, 415
    ),
    "a body that was packed twice": Request(gzip.compress(_body()), _JSON | {"Content-Encoding": "br, gzip"}, 415),
    "a mutation as text/plain": _form("text/plain", json.dumps({"query": DELETE}).encode()),
    "a mutation as a form": _form("application/x-www-form-urlencoded", f"query={DELETE}".encode()),
    "a mutation as multipart": _form("multipart/form-data; boundary=x", _MULTIPART.encode()),
    "a mutation as application/graphql": _form("application/graphql", DELETE.encode()),
    "a mutation as almost JSON": _form("text/plain; application/json", json.dumps({"query": DELETE}).encode()),
}

# Frames sent on an initialised WebSocket, and the close code that they cause.
MESSAGES: dict[str, tuple[str | bytes, int]] = {
    "100,000 brackets": ("[" * 100_000, 4400),
    "100,000 objects in each other": ('{"type":' * 100_000, 4400),
    "a message of 2 MiB": (json.dumps({"type": "ping", "payload": {"x": "x" * 2**21}}), 1009),
    "a message that is no text": (b"\xff\x00", 4400),
    "NaN": ('{"type":"ping","payload":{"x":NaN}}', 4400),
    "a lone surrogate": ('{"type":"\\ud800"}', 4400),
    "an integer of 5,000 digits": ('{"type":' + "9" * 5000 + "}", 4400),
    "a type of 500,000 characters": (json.dumps({"type": "x" * 500_000}), 4400),
    "an id that is a list": (json.dumps({"type": "subscribe", "id": [SECRET], "payload": {"query": _VIEWER}}), 4400),
    "no object": (json.dumps([SECRET]), 4400),
    "a second connection_init": (json.dumps({"type": "connection_init"}), 4429),
}
