"""`extensions.idempotencyKey` has the effect of the header, on a WebSocket and over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from tests.support.client import Client, Socket
from tests.support.documents import CREATE_INTEGRATION, INTEGRATIONS, ISSUE_TOKEN, TOKENS
from tests.support.listening import listening
from tests.support.node import running
from tests.support.secrecy import secret_key
from tests.support.streams import EVENTS
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("quiet")


def _request(name: str, key: object, secret: str) -> dict[str, Any]:
    given = {"name": name, "authentication": {"secretKey": secret}}
    extensions = {"idempotencyKey": key}
    return {"query": CREATE_INTEGRATION, "variables": {"input": given}, "extensions": extensions}


async def _on_socket(socket: Socket, request: dict[str, Any]) -> dict[str, Any]:
    """The result of an operation; of an error, its payload as `errors`."""
    id_ = uuid4().hex
    await socket.send({"id": id_, "type": "subscribe", "payload": request})
    message = await socket.receive()
    assert message["id"] == id_
    if message["type"] == "error":
        return {"errors": message["payload"]}
    assert await socket.receive() == {"id": id_, "type": "complete"}
    return dict(message["payload"])


async def _count(client: Client) -> int:
    return int((await client.result(INTEGRATIONS))["totalCount"])


async def test_a_mutation_that_is_sent_again_on_a_socket_is_made_once(client: Client) -> None:
    request = _request("Billing", str(uuid4()), secret_key())
    async with client.socket() as socket:
        first = await _on_socket(socket, request)
        assert first["data"]["createIntegration"]["integration"]["name"] == "Billing"
        assert await _on_socket(socket, request) == first
    async with client.socket() as another:
        assert await _on_socket(another, request) == first
    assert await _count(client) == 1


async def test_the_key_is_the_same_on_every_transport(client: Client) -> None:
    key, secret = str(uuid4()), secret_key()
    request = _request("Billing", key, secret)
    async with client.socket() as socket:
        first = await _on_socket(socket, request)
    by_extension = await client.send(json=request)
    by_header = await client.send(json=request | {"extensions": None}, headers={"Idempotency-Key": key})
    by_both = await client.send(json=request, headers={"Idempotency-Key": key})
    for response in (by_extension, by_header, by_both):
        assert (response.json(), response.headers["Idempotency-Replayed"]) == (first, "true")
    streamed = await client.send(json=request, headers=EVENTS)
    assert json.dumps(first["data"], separators=(",", ":"), ensure_ascii=False) in streamed.text
    assert await _count(client) == 1


async def test_the_header_and_the_extension_must_agree(client: Client) -> None:
    response = await client.send(json=_request("A", "one", secret_key()), headers={"Idempotency-Key": "two"})
    assert response.status_code == 400
    assert await _count(client) == 0


async def test_a_key_of_another_request_is_refused(client: Client) -> None:
    key, secret = str(uuid4()), secret_key()
    async with client.socket() as socket:
        await _on_socket(socket, _request("One", key, secret))
        (error,) = (await _on_socket(socket, _request("Two", key, secret)))["errors"]
        assert error["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert await _count(client) == 1


@pytest.mark.parametrize("key", ["", " ", "é", "x" * 256, 1, [], {}, False])
async def test_what_is_no_key_is_refused(client: Client, key: object) -> None:
    request = _request("One", key, secret_key())
    async with client.socket() as socket:
        (error,) = (await _on_socket(socket, request))["errors"]
        assert error["extensions"]["code"] == "INVALID_REQUEST"
        assert "visible ASCII" in error["message"]
    assert (await client.send(json=request)).status_code == 400
    assert await _count(client) == 0


async def test_a_mutation_that_fails_is_tried_again_with_its_key(client: Client) -> None:
    key = str(uuid4())
    async with client.socket() as socket:
        invalid = _request("One", key, secret_key()) | {"query": "mutation { nope }", "variables": {}}
        assert (await _on_socket(socket, invalid))["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"
        refused = await _on_socket(socket, _request("", key, secret_key()))
        assert refused["data"]["createIntegration"]["__typename"] == "InvalidInputError"
        made = await _on_socket(socket, _request("One", key, secret_key()))
        assert made["data"]["createIntegration"]["integration"]["name"] == "One"


async def test_queries_and_subscriptions_need_no_key_and_ignore_it(client: Client) -> None:
    async with client.socket() as socket:
        query = {"query": "{ viewer { name } }", "extensions": {"idempotencyKey": "one"}}
        results = [await _on_socket(socket, query) for _ in range(2)]
    assert results[0] == results[1]
    assert results[0]["data"]["viewer"]["name"]


@asynccontextmanager
async def _cutting(client: Client) -> AsyncIterator[str]:
    """The address of a proxy that breaks its first connection in place of a mutation's result."""
    port, cut = int(client.address.rpartition(":")[2]), asyncio.Event()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        while data := await reader.read(65536):
            if answers and b'"next"' in data and not cut.is_set():
                cut.set()
                break
            writer.write(data)
        writer.transport.abort()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there = await asyncio.open_connection("127.0.0.1", port)
        ways = (pass_on(reader, there, answers=False), pass_on(there_reader, writer, answers=True))
        await asyncio.gather(*ways, return_exceptions=True)

    async with listening(connected) as port_of_proxy:
        yield f"ws://127.0.0.1:{port_of_proxy}/graphql"
    assert cut.is_set()


async def _tokens(client: Client, name: str) -> int:
    nodes = (await client.result(TOKENS))["nodes"]
    return sum(node["name"].startswith(name) for node in nodes)


@pytest.mark.parametrize("key", ["", "a-key-of-its-own"])
async def test_graphql_ws_sends_again_what_a_broken_socket_did_not_answer(client: Client, key: str) -> None:
    given = json.dumps({"name": "Partner", "scopes": ["READ"]})
    async with _cutting(client) as url:
        env = {"TOKEN": str(client.token), "INPUT": given, "KEY": key}
        async with running("graphql_ws_mutation.mjs", url, ISSUE_TOKEN, **env) as program:
            first = await program.line(PATIENCE)
            sockets = await program.line(PATIENCE)
    issued = first["data"]["issueToken"]
    assert sockets == 2
    assert await _tokens(client, "Partner") == 1
    if key:
        partner = Client(client.address, issued["secret"])
        assert (await partner.result("{ viewer { name } }"))["name"] == "Partner"
    else:  # the first one was issued, and its secret is lost
        assert issued["__typename"] == "NameTakenError"
