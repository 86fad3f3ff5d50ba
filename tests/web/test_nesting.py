"""Deeply nested or long input is a client's error: orjson parses deeper nesting than it serializes."""

import json

import pytest
import websockets

from tests.support.client import Client
from tests.support.documents import CREATE_CREDENTIAL

_NESTED = json.loads("[" * 300 + "]" * 300)


async def test_variables_that_cannot_be_written_again_are_refused_with_a_key_as_without(client: Client) -> None:
    body = {"query": CREATE_CREDENTIAL, "variables": {"input": _NESTED}}
    responses = [await client.send(json=body, headers=headers) for headers in ({}, {"Idempotency-Key": "nested"})]
    assert [response.status_code for response in responses] == [200, 400]
    assert {response.json()["errors"][0]["extensions"]["code"] for response in responses} == {"INVALID_REQUEST"}


async def test_a_ping_that_cannot_be_sent_back_ends_the_socket_with_4400(client: Client) -> None:
    async with client.socket() as socket:
        await socket.send({"type": "ping", "payload": {"a": _NESTED}})
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.receive()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400


async def test_a_default_of_5000_digits_is_no_failure_of_the_server(client: Client) -> None:
    response = await client.post(f"query ($id: ID = {'9' * 5000}) {{ node(id: $id) {{ id }} }}")
    assert response.status_code < 500
    assert "INTERNAL_ERROR" not in response.text
