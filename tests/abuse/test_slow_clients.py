"""Slow or silent clients are disconnected, here after two seconds instead of the default of ten."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import anyio
import pytest
import websockets

from tests.support.client import Client, Socket
from tests.support.databases import in_use, use
from tests.support.documents import FOLLOW
from tests.support.organizations import new_tenant
from tests.support.servers import RunningServer, running_server
from tests.support.waiting import PATIENCE, until

_PATIENCE = 2.0
_POST = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
_GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
_UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: "
)
_ENDLESS = _POST + b"Transfer-Encoding: chunked\r\n\r\n"

# The first bytes of a client, the bytes that it then repeats, and the statuses of the responses.
SLOW = {
    "a connection on which nothing is sent": (b"", b"", []),
    "headers without an end, byte by byte": (_GET + b"X-Slow: ", b"x", ["408"]),
    "headers that stop": (_GET, b"", ["408"]),
    "a body that stops": (_POST + b"Content-Length: 1000\r\n\r\n{", b"", ["408"]),
    "a body without an end, byte by byte": (_POST + b"Content-Length: 1000\r\n\r\n{", b" ", ["408"]),
    "chunks without an end": (_ENDLESS, b"1\r\n \r\n", ["408"]),
    "a body that nobody waits for": (
        _POST.replace(b"POST", b"PUT") + b"Content-Length: 1000\r\n\r\n{",
        b" ",
        ["405"],
    ),
    "a connection that is kept alive": (_GET + b"\r\n", b"", ["200"]),
    "empty lines on a connection that is kept alive": (_GET + b"\r\n", b"\r\n", ["200", "400"]),
    "a WebSocket's upgrade, byte by byte": (_UPGRADE, b"x", ["408"]),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with a short timeout and small limits."""
    before = in_use()
    use(None)
    small = {"MAX_OPERATIONS_PER_SOCKET": "3", "MAX_SOCKETS_PER_VIEWER": "2"}
    folder = tmp_path_factory.mktemp("slow")
    with running_server(folder, CLIENT_TIMEOUT_SECONDS=str(_PATIENCE), **small) as running:
        use(before)
        yield running
        logged = running.log.read_text()
    assert "Traceback" not in logged, logged
    assert "ERROR" not in logged, logged


@pytest.fixture
def client(server: RunningServer) -> Client:
    return anyio.run(new_tenant, server).client


@asynccontextmanager
async def _connection(server: RunningServer) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.settings.serving.port)
    yield reader, writer
    writer.close()


async def _drip(writer: asyncio.StreamWriter, drop: bytes) -> None:
    while drop:
        writer.write(drop)
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("name", SLOW)
async def test_a_slow_client_is_cut(server: RunningServer, name: str) -> None:
    begin, drop, told = SLOW[name]
    async with _connection(server) as (reader, writer):
        writer.write(begin)
        dripping = asyncio.create_task(_drip(writer, drop))
        answers = await asyncio.wait_for(_read(reader), PATIENCE)
        dripping.cancel()
    assert re.findall("HTTP/1.1 ([0-9]+)", answers) == told


async def _read(reader: asyncio.StreamReader) -> str:
    """The text received until the server closes the connection; data in flight may turn the close into a reset."""
    answers = b""
    with suppress(ConnectionResetError):
        while part := await reader.read(4096):
            answers += part
    return answers.decode()


async def _ask(writer: asyncio.StreamWriter, request: bytes) -> None:
    while True:
        writer.write(request * 100)
        await writer.drain()


async def test_a_client_that_does_not_take_its_answers_is_cut(server: RunningServer) -> None:
    query = b'{"query":"{__schema{types{fields{name description}}}}"}'
    request = _POST + b"Content-Length: %d\r\n\r\n" % len(query) + query
    async with _connection(server) as (_, writer):
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(_ask(writer, request), PATIENCE)


async def test_a_request_is_answered_however_long_the_server_takes(server: RunningServer, client: Client) -> None:
    # The sandbox takes a second longer than the Stripe timeout, which is longer than the client timeout.
    assert server.settings.stripe.stripe_timeout_seconds > _PATIENCE
    document = (
        'mutation { createCredential(input: {name: "A", secretKey: "sk_test_slowAbuse0000000000"}) { __typename } }'
    )
    began = time.monotonic()
    answer = await client.execute(document)
    assert time.monotonic() - began > _PATIENCE
    assert answer["createCredential"]["__typename"] == "StripeUnavailableError"
    assert server.process.poll() is None


@asynccontextmanager
async def _open(client: Client) -> AsyncIterator[Socket]:
    url = client.address.replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")]) as connection:
        yield Socket(connection)


async def _close(socket: Socket) -> tuple[int | None, str | None]:
    await asyncio.wait_for(socket.connection.wait_closed(), PATIENCE)
    return socket.connection.close_code, socket.connection.close_reason


async def test_a_socket_on_which_connection_init_never_comes_is_closed(client: Client) -> None:
    async with _open(client) as socket:
        assert (await _close(socket))[0] == 4408


async def test_a_socket_that_is_silent_once_it_is_initialised_stays_open(client: Client) -> None:
    async with client.socket() as socket:
        async with _open(client) as later:
            assert (await _close(later))[0] == 4408
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


async def test_a_message_in_parts_without_an_end_ends_its_socket(client: Client) -> None:
    async def parts() -> AsyncIterator[str]:
        for _ in range(5000):
            yield "x"

    async with client.socket() as socket:
        with suppress(websockets.ConnectionClosed):
            await socket.connection.send(parts())
        assert (await _close(socket))[0] in {1013, 1006}  # a reset may overtake the close frame


@pytest.mark.parametrize(
    "headers", [{f"X-{n}": "x" for n in range(140)}, {"X-Long": "x" * 10_000}], ids=["many", "long"]
)
async def test_an_upgrade_that_no_websocket_can_read_is_refused(client: Client, headers: dict[str, str]) -> None:
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with client.socket(headers=headers):
            pass
    assert caught.value.response.status_code == 431


async def test_an_operation_beyond_what_a_socket_may_have_is_refused_alone(client: Client) -> None:
    async with client.socket() as socket:
        for _ in range(3):
            await socket.subscribe(FOLLOW)
        id_ = await socket.subscribe(FOLLOW)
        message = await socket.receive()
        assert (message["id"], message["type"]) == (id_, "error")
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
        await socket.send({"id": "1", "type": "complete"})
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        await socket.subscribe("{ viewer { name } }")
        assert (await socket.next())["viewer"]["name"]


async def test_a_socket_beyond_what_a_viewer_may_have_is_closed_until_another_ends(client: Client) -> None:
    async with client.socket():
        async with client.socket(), _open(client) as third:
            await third.send({"type": "connection_init", "payload": client.headers()})
            code, reason = await _close(third)
            assert code == 1013
            assert reason
            assert "Too many WebSockets" in reason
        await until(partial(_has_room, client))


async def _has_room(client: Client) -> bool:
    """Whether the viewer can open one more socket."""
    with suppress(websockets.ConnectionClosed):
        async with client.socket():
            return True
    return False
