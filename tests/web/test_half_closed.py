"""A client that closes its own direction after its request, as `nc -N` does, gets its response."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest

from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import CREATE_INTEGRATION, INTEGRATIONS
from tests.support.metrics import figures_when
from tests.support.organizations import Tenant
from tests.support.secrecy import secret_key, show
from tests.support.servers import RunningServer
from tests.support.waiting import PATIENCE
from tests.web.raw_requests import get, post, post_in_chunks

_FOLLOW = b"/graphql?query=" + quote("subscription { events { kind } }").encode()
_PROTOCOLS = [b"HTTP/1.1", b"HTTP/1.0"]


@pytest.fixture
def client(any_server: RunningServer, any_tenant: Tenant) -> Client:  # noqa: ARG001 - its server must run
    return any_tenant.client


@asynccontextmanager
async def _half_closed(client: Client, request: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """Sends a request, and closes the client's direction."""
    port = int(client.address.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.write_eof()
    yield reader
    writer.close()


async def _responses(client: Client, request: bytes) -> bytes:
    async with _half_closed(client, request) as reader:
        responses = await asyncio.wait_for(reader.read(), PATIENCE)
    show(responses.decode())
    return responses


def _mutation(client: Client, name: str, key: str, version: bytes) -> bytes:
    given = {"name": name, "authentication": {"secretKey": key}}
    body = json.dumps({"query": CREATE_INTEGRATION, "variables": {"input": given}}).encode()
    head = f"Content-Type: application/json\r\nAuthorization: Bearer {client.token}\r\nContent-Length: {len(body)}\r\n"
    return b"POST /graphql %b\r\nHost: localhost\r\n%b\r\n%b" % (version, head.encode(), body)


async def _names(client: Client) -> list[str]:
    return [node["name"] for node in (await client.result(INTEGRATIONS))["nodes"]]


@pytest.mark.parametrize("version", _PROTOCOLS)
async def test_a_mutation_is_made_and_its_response_is_sent(client: Client, version: bytes) -> None:
    name = f"Half closed {version.decode()}"
    response = await _responses(client, _mutation(client, name, secret_key(), version))
    head, _, body = response.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body)["data"]["createIntegration"]["integration"]["name"] == name
    assert name in await _names(client)


async def test_it_is_made_however_long_it_takes(client: Client) -> None:
    """Stripe is slow to answer, so that the end of input comes long before the response."""
    response = await _responses(client, _mutation(client, "Slow", "sk_test_slowHalfClosed00000000", b"HTTP/1.1"))
    assert b"StripeUnavailableError" in response


async def test_all_pipelined_requests_are_answered(client: Client) -> None:
    requests = get() + _mutation(client, "Pipelined", secret_key(), b"HTTP/1.1") + post() + post_in_chunks() + get()
    responses = await _responses(client, requests)
    assert responses.count(b"HTTP/1.1 200 ") == 5
    assert responses.endswith(b'{"status":"alive"}')
    assert "Pipelined" in await _names(client)


async def test_a_request_that_is_incomplete_is_refused_after_those_before_it(client: Client) -> None:
    for begun in (get()[:-2], post()[:-1], post_in_chunks()[:-2]):
        assert (await _responses(client, begun)).startswith(b"HTTP/1.1 400 ")
        responses = await _responses(client, get() + begun)
        assert responses.startswith(b"HTTP/1.1 200 ")
        assert responses.count(b"HTTP/1.1 400 ") <= 1  # none if the first was answered later than the end came


async def test_a_connection_on_which_nothing_is_asked_is_closed(client: Client) -> None:
    assert await _responses(client, b"") == b""


def _follow(client: Client, version: bytes) -> bytes:
    more = f"Authorization: Bearer {client.token}\r\nAccept: text/event-stream\r\n".encode()
    return get(_FOLLOW, version, more=more)


@pytest.mark.parametrize("version", _PROTOCOLS)
async def test_a_stream_goes_on(client: Client, version: bytes) -> None:
    async with _half_closed(client, _follow(client, version)) as reader:
        await asyncio.wait_for(reader.readuntil(b"id: "), PATIENCE)
        for name in ("One", "Two"):
            await asyncio.sleep(1)  # after comments
            await add_integration(client, f"{name} {version.decode()}")
            for kind in (b"CREDENTIAL_CREATED", b"INTEGRATION_CREATED"):
                await asyncio.wait_for(reader.readuntil(kind), PATIENCE)


async def test_a_stream_ends_soon_after_its_client_has_left(client: Client, any_server: RunningServer) -> None:
    async with _half_closed(client, _follow(client, b"HTTP/1.1")) as reader:
        await asyncio.wait_for(reader.readuntil(b"id: "), PATIENCE)
        await figures_when(any_server, lambda figures: figures.of("open_subscriptions") == 1)
    await figures_when(any_server, lambda figures: figures.of("open_subscriptions") == 0)


def test_a_client_may_leave_with_a_reset(client: Client) -> None:
    port = int(client.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(_follow(client, b"HTTP/1.1"))
        connection.recv(1000)
