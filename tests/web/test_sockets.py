"""graphql-transport-ws: authentication, concurrent operations and malformed messages."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets

from resolvers.tokens.text import new_token
from tests.resolvers.test_events import cursor_now
from tests.support.client import Client, Socket
from tests.support.documents import CREATE_INTEGRATION, FOLLOW, ISSUE_TOKEN, REVOKE_TOKEN
from tests.support.secrecy import keep, secret_key
from tests.support.waiting import PATIENCE

_VIEWER = "{ viewer { name } }"
_PROTOCOL = "graphql-transport-ws"

pytestmark = pytest.mark.usefixtures("quiet")


@asynccontextmanager
async def _connect(client: Client, protocol: str = _PROTOCOL, **headers: str) -> AsyncIterator[Socket]:
    """A socket without any messages yet."""
    async with websockets.connect(
        client.address.replace("http", "ws", 1) + "/graphql",
        subprotocols=[websockets.Subprotocol(protocol)],
        additional_headers=headers,
    ) as connection:
        yield Socket(connection)


async def _close_code(socket: Socket) -> int | None:
    """The code with which the server closes the socket."""
    await asyncio.wait_for(socket.connection.wait_closed(), PATIENCE)
    return socket.connection.close_code


def _init(payload: object) -> dict[str, object]:
    return {"type": "connection_init", "payload": payload}


def _subscribe(id_: object, payload: object) -> dict[str, object]:
    return {"id": id_, "type": "subscribe", "payload": payload}


async def _create(client: Client, name: str) -> dict[str, Any]:
    return await client.result(CREATE_INTEGRATION, input={"name": name, "authentication": {"secretKey": secret_key()}})


async def _names(socket: Socket, count: int) -> list[str]:
    return [(await socket.next())["events"]["name"] for _ in range(count)]


async def test_messages_are_not_compressed_since_that_takes_memory_for_each_socket(client: Client) -> None:
    async with _connect(client) as socket:
        assert socket.connection.protocol.extensions == []


async def test_connection_init_can_carry_the_token(client: Client) -> None:
    async with _connect(client) as socket:
        await socket.send(_init({"Authorization": f"Bearer {client.token}"}))
        assert await socket.receive() == {"type": "connection_ack"}


async def test_the_upgrade_request_can_carry_the_token(client: Client) -> None:
    async with _connect(client, Authorization=f"Bearer {client.token}") as socket:
        await socket.send({"type": "connection_init"})
        assert await socket.receive() == {"type": "connection_ack"}
        await socket.subscribe(_VIEWER)
        assert (await socket.next())["viewer"]["name"]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"Authorization": None},
        {"Authorization": ""},
        {"Authorization": 1},
        {"Authorization": ["Bearer x"]},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic x"},
        {"Authorization": f"Bearer {new_token().reveal()}"},
        {"authorization": "Bearer x"},
    ],
    ids=range(9),
)
async def test_a_wrong_or_missing_token_closes_the_socket_with_4403(client: Client, payload: object) -> None:
    async with _connect(client) as socket:
        await socket.send(_init(payload))
        assert await _close_code(socket) == 4403


async def test_a_wrong_token_in_the_upgrade_request_closes_the_socket_with_4403(client: Client) -> None:
    async with _connect(client, Authorization="Bearer x") as socket:
        await socket.send({"type": "connection_init"})
        assert await _close_code(socket) == 4403


async def test_a_revoked_token_opens_no_socket(client: Client) -> None:
    issued = await client.result(ISSUE_TOKEN, input={"name": "Soon lost", "scopes": ["READ"]})
    partner = Client(client.address, keep(issued["secret"]))
    async with partner.socket():
        pass
    await client.result(REVOKE_TOKEN, input={"id": issued["token"]["id"]})
    async with _connect(partner) as socket:
        await socket.send(_init(partner.headers()))
        assert await _close_code(socket) == 4403


@pytest.mark.parametrize("protocol", ["graphql-ws", "nonsense"])
async def test_another_protocol_is_refused(client: Client, protocol: str) -> None:
    async with _connect(client, protocol) as socket:
        assert socket.connection.subprotocol is None
        assert await _close_code(socket) == 4406


async def test_nothing_can_be_asked_before_connection_init(client: Client) -> None:
    async with _connect(client, Authorization=f"Bearer {client.token}") as socket:
        await socket.subscribe(_VIEWER)
        assert await _close_code(socket) == 4401


@pytest.mark.parametrize("payload", [[], "x", 1, False])
async def test_an_init_payload_that_is_no_object_closes_the_socket(client: Client, payload: object) -> None:
    async with _connect(client) as socket:
        await socket.send(_init(payload))
        assert await _close_code(socket) == 4400


async def test_an_init_payload_of_null_is_none_at_all(client: Client) -> None:
    async with _connect(client, Authorization=f"Bearer {client.token}") as socket:
        await socket.send(_init(None))
        assert await socket.receive() == {"type": "connection_ack"}


async def test_a_ping_is_answered_before_connection_init(client: Client) -> None:
    async with _connect(client) as socket:
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


async def test_a_second_init_is_too_many_even_if_it_is_sent_right_away(client: Client) -> None:
    async with _connect(client) as socket:
        for _ in range(2):
            await socket.send(_init({"Authorization": f"Bearer {client.token}"}))
        assert await _close_code(socket) == 4429


_FOLLOW = {"query": FOLLOW}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", 4400),
        ("garbage", 4400),
        (json.dumps({"type": "x" * 300}), 4400),
        ("[" * 100_000, 4400),
        (b"\xff\x00", 4400),
        (b'{"type":"ping"}', 4400),
        ("NaN", 4400),
        ('{"type":"\\ud800"}', 4400),
        ("null", 4400),
        ("1", 4400),
        ('"ping"', 4400),
        ("[]", 4400),
        ('[{"type":"ping"}]', 4400),
        ("{}", 4400),
        ('{"type":null}', 4400),
        ('{"type":["ping"]}', 4400),
        ('{"type":"nonsense"}', 4400),
        ('{"type":"start","id":"2","payload":{}}', 4400),
        ('{"type":"ping","payload":1}', 4400),
        ('{"type":"pong","payload":[]}', 4400),
        ('{"type":"connection_ack"}', 4400),
        ('{"type":"next","id":"1","payload":{}}', 4400),
        ('{"type":"error","id":"1","payload":[]}', 4400),
        (json.dumps(_init({})), 4429),
        (json.dumps(_subscribe("1", _FOLLOW)), 4409),
        (json.dumps(_subscribe(2, _FOLLOW)), 4400),
        (json.dumps(_subscribe("1", {"query": _VIEWER})), 4409),
        (json.dumps(_subscribe("", _FOLLOW)), 4400),
        (json.dumps(_subscribe(None, _FOLLOW)), 4400),
        (json.dumps(_subscribe(["2"], _FOLLOW)), 4400),
        (json.dumps(_subscribe({}, _FOLLOW)), 4400),
        (json.dumps({"type": "subscribe", "payload": _FOLLOW}), 4400),
        (json.dumps({"type": "subscribe", "id": "2"}), 4400),
        (json.dumps(_subscribe("2", None)), 4400),
        (json.dumps(_subscribe("2", [])), 4400),
        (json.dumps(_subscribe("2", {})), 4400),
        (json.dumps(_subscribe("2", {"query": None})), 4400),
        (json.dumps(_subscribe("2", {"query": _VIEWER, "variables": []})), 4400),
        (json.dumps(_subscribe("2", {"query": _VIEWER, "operationName": 1})), 4400),
        (json.dumps(_subscribe("2", {"query": _VIEWER, "extensions": "x"})), 4400),
        ('{"type":"complete"}', 4400),
        ('{"type":"complete","id":1}', 4400),
        ('{"type":"complete","id":""}', 4400),
        ('{"type":"complete","id":["1"]}', 4400),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, str | bytes) else None,
)
async def test_garbage_ends_its_own_socket_and_nobody_else_s(client: Client, frame: str | bytes, code: int) -> None:
    async with client.socket() as bystander, client.socket() as spoiler:
        await bystander.subscribe(FOLLOW, after=await cursor_now(client))
        await spoiler.subscribe(FOLLOW)
        await spoiler.connection.send(frame)
        assert await _close_code(spoiler) == code
        await _create(client, "Billing")
        assert await _names(bystander, 2) == ["Billing", "Billing"]
