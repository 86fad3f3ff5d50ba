"""Raw HTTP: unambiguous parsing, bounded headers, and responses in order."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest

from tests.support.client import Client
from tests.support.metrics import figures_when
from tests.support.servers import RunningServer
from tests.support.waiting import PATIENCE
from tests.web.raw_requests import (
    AMBIGUOUS,
    ENDLESS,
    HTTP_2,
    LAST,
    UPGRADES,
    WEBSOCKET,
    get,
    post,
    post_in_chunks,
    statuses,
    upgrade,
)

_FOLLOW = b"/graphql?query=" + quote("subscription { events { kind } }").encode()


@pytest.fixture
def port(any_server: RunningServer) -> int:
    return any_server.settings.serving.port


def _code(body: str) -> str:
    (error,) = json.loads(body)["errors"]
    assert error["message"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize("name", AMBIGUOUS)
async def test_what_others_could_read_otherwise_is_refused(port: int, name: str) -> None:
    told, body = await statuses(port, AMBIGUOUS[name] + LAST)
    assert told == ["400"]
    assert _code(body) == "INVALID_REQUEST"


@pytest.mark.parametrize("name", ENDLESS)
async def test_what_has_no_end_is_refused_before_it_ends(port: int, name: str) -> None:
    told, _ = await statuses(port, ENDLESS[name])
    assert told in (["431"], [])  # data in flight may turn the response into a reset


@pytest.mark.parametrize("name", UPGRADES)
async def test_an_upgrade_that_begins_no_websocket_has_a_response(port: int, name: str) -> None:
    request, status = UPGRADES[name]
    told, body = await statuses(port, request)
    assert told == [status]
    assert body or status == "403"


async def test_an_upgrade_with_an_empty_body_begins_a_websocket(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(upgrade(b"Content-Length: 0\r\n"))
    assert (await asyncio.wait_for(reader.readline(), PATIENCE)).startswith(b"HTTP/1.1 101 ")
    writer.close()


async def test_a_method_that_nobody_knows_is_not_allowed(port: int) -> None:
    told, body = await statuses(port, b"NONSENSE" + LAST[3:])
    assert told == ["405"]
    assert _code(body) == "INVALID_REQUEST"


async def test_requests_that_come_at_once_are_answered_in_their_order(port: int) -> None:
    several = get() + get(b"/nope") + post() + post_in_chunks() + get(b"/graphql", more=HTTP_2) + LAST
    told, body = await statuses(port, several)
    assert told == ["200", "404", "200", "200", "400", "200"]
    assert json.loads(body) == {"status": "alive"}


async def test_what_comes_at_once_is_answered_up_to_a_hundred_and_one(port: int) -> None:
    told, _ = await statuses(port, get() * 1000)
    assert told == ["200"] * 101


@pytest.mark.parametrize(
    "rest",
    [
        b"\x16\x03",
        get(host=b""),
        get(b"/graphql", more=WEBSOCKET),
        b"GET /" + b"x" * 100_000,
        post_in_chunks(end=b"ZZ\r\n"),
    ],
    ids=["no HTTP", "no Host", "an upgrade", "a URL without an end", "a chunk without a size"],
)
async def test_requests_before_one_that_is_refused_are_answered(port: int, rest: bytes) -> None:
    told, body = await statuses(port, get() + post() + rest)
    assert told == ["200", "200"]
    assert json.loads(body)["data"] == {"__typename": "Query"}


async def test_what_comes_behind_the_last_request_is_left_alone(port: int) -> None:
    assert (await statuses(port, LAST + get()))[0] == ["200"]
    assert (await statuses(port, get(version=b"HTTP/1.0", more=b"Connection: keep-alive\r\n") * 2))[0] == ["200"]


async def test_a_client_that_would_rather_speak_http_2_is_answered_with_its_body(port: int) -> None:
    for request in (post(HTTP_2), post_in_chunks(HTTP_2)):
        told, _ = await statuses(port, request + LAST)
        assert told == ["200", "200"]


async def test_a_body_that_comes_later_is_no_request_of_its_own(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    hidden = get(b"/hidden")
    writer.write(post(HTTP_2, b"Content-Length: %d\r\n" % len(hidden)).partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    await asyncio.sleep(0.1)
    writer.write(hidden + LAST)
    answers = await asyncio.wait_for(reader.read(), PATIENCE)
    assert answers.count(b"HTTP/1.1 400") == answers.count(b"HTTP/1.1 200") == 1
    assert b"HTTP/1.1 404" not in answers
    writer.close()


async def test_a_header_behind_the_body_is_none(port: int) -> None:
    untyped = post_in_chunks(end=b"0\r\nContent-Type: application/json\r\n\r\n").replace(b"Content-Type", b"X-A", 1)
    assert (await statuses(port, untyped + LAST))[0] == ["415", "200"]


async def test_white_space_around_a_value_is_not_part_of_it(port: int) -> None:
    told, _ = await statuses(port, post().replace(b"application/json", b"\tapplication/json \t") + LAST)
    assert told == ["200", "200"]


@asynccontextmanager
async def _stream(client: Client, port: int, version: bytes, rest: bytes = b"") -> AsyncIterator[asyncio.StreamReader]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    more = f"Authorization: Bearer {client.token}\r\nAccept: text/event-stream\r\n".encode()
    writer.write(get(_FOLLOW, version, more=more) + rest)
    yield reader
    writer.close()


async def test_a_stream_for_http_1_0_comes_without_chunks(anyone: Client, port: int) -> None:
    async with _stream(anyone, port, b"HTTP/1.0") as reader:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        assert b"transfer-encoding" not in head.lower()
        assert (await asyncio.wait_for(reader.readline(), PATIENCE)).startswith(b"retry:")


async def test_a_stream_ends_with_its_client_whatever_else_the_client_asked(
    any_server: RunningServer, anyone: Client, port: int
) -> None:
    async with _stream(anyone, port, b"HTTP/1.1", get() + get()) as reader:
        await reader.readuntil(b"retry:")
        await figures_when(any_server, lambda figures: figures.of("open_subscriptions") == 1)
    await figures_when(any_server, lambda figures: figures.of("open_subscriptions") == 0)
