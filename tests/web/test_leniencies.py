"""Each transport is as lenient as the others: input that differs from the letter is read in the same way everywhere."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
import websockets

from tests.support.client import Client, Socket
from tests.support.plain import plain_client
from tests.support.streams import EVENTS

_VIEWER = "{ viewer { name } }"
_COUNT = "query a($first: Int = 1) { integrations(first: $first) { totalCount } }"
_PROBE = {"persistedQuery": {"version": 1, "sha256Hash": "0"}}
_OK = "ok"

Result = str | None
Send = Callable[[Client, dict[str, Any]], Awaitable[Result]]


def _outcome(body: dict[str, Any]) -> Result:
    """The code of the error; `ok` without one."""
    return _OK if body.get("data") else str(body["errors"][0]["extensions"]["code"])


async def _post(client: Client, params: dict[str, Any]) -> Result:
    return _outcome((await client.send(json=params)).json())


async def _get(client: Client, params: dict[str, Any]) -> Result:
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
    given = {name: text for name, text in texts.items() if params[name] is not None}
    async with plain_client(headers=client.headers()) as http:
        return _outcome((await http.get(f"{client.address}/graphql", params=given)).json())


async def _stream(client: Client, params: dict[str, Any]) -> Result:
    response = await client.send(json=params, headers=EVENTS)
    assert response.text.endswith("event: complete\ndata: \n\n")
    return _outcome(json.loads(response.text.partition("data: ")[2].partition("\n")[0]))


async def _socket(client: Client, params: dict[str, Any]) -> Result:
    async with client.socket() as socket:
        await socket.send({"id": uuid4().hex, "type": "subscribe", "payload": params})
        message = await socket.receive()
    return _outcome({"errors": message["payload"]} if message["type"] == "error" else message["payload"])


_TRANSPORTS: dict[str, Send] = {"POST": _post, "GET": _get, "event stream": _stream, "WebSocket": _socket}
_LENIENCIES: dict[str, tuple[dict[str, Any], Result]] = {
    "an empty operationName": ({"query": _VIEWER, "operationName": ""}, _OK),
    "an operationName of null": ({"query": _VIEWER, "operationName": None}, _OK),
    "an empty operationName for several operations": (
        {"query": f"query a {_VIEWER} query b {_VIEWER}", "operationName": ""},
        "INVALID_REQUEST",
    ),
    "variables of null": ({"query": _COUNT, "variables": None}, _OK),
    "variables as a text": ({"query": _COUNT, "variables": '{"first": 2}'}, _OK),
    "variables as an empty text": ({"query": _COUNT, "variables": ""}, _OK),
    "variables that nobody asked for": ({"query": _VIEWER, "variables": {"x": 1}}, _OK),
    "extensions of null": ({"query": _VIEWER, "extensions": None}, _OK),
    "extensions as a text": ({"query": _VIEWER, "extensions": '{"x": 1}'}, _OK),
    "extensions as an empty text": ({"query": _VIEWER, "extensions": ""}, _OK),
    "unknown extensions": ({"query": _VIEWER, "extensions": {"x": [1]}}, _OK),
    "unknown members": ({"query": _VIEWER, "id": "1", "x": {"y": 1}}, _OK),
    "an empty document": ({"query": ""}, "INVALID_REQUEST"),
    "a blank document": ({"query": " \n\t,"}, "INVALID_REQUEST"),
    "a document of comments": ({"query": "# nothing"}, "INVALID_REQUEST"),
    "a byte order mark": ({"query": f"\N{ZERO WIDTH NO-BREAK SPACE}{_VIEWER}"}, _OK),
    "a persisted query": ({"extensions": _PROBE}, "PERSISTED_QUERY_NOT_SUPPORTED"),
    "a persisted query with an empty document": ({"query": "", "extensions": _PROBE}, "PERSISTED_QUERY_NOT_SUPPORTED"),
    "a persisted query with its document": ({"query": _VIEWER, "extensions": _PROBE}, _OK),
}


@pytest.mark.parametrize("transport", _TRANSPORTS)
@pytest.mark.parametrize("name", _LENIENCIES)
async def test_a_leniency_is_one_of_every_transport(anyone: Client, name: str, transport: str) -> None:
    params, outcome = _LENIENCIES[name]
    assert await _TRANSPORTS[transport](anyone, params) == outcome


def _payloads(token: str) -> dict[str, tuple[dict[str, Any] | None, dict[str, str]]]:
    """connection_init's payload, and the headers of the upgrade."""
    value = f"Bearer {token}"
    return {
        "Authorization": ({"Authorization": value}, {}),
        "authorization": ({"authorization": value}, {}),
        "AUTHORIZATION": ({"AUTHORIZATION": value}, {}),
        "headers": ({"headers": {"Authorization": value}}, {}),
        "headers in lower case": ({"headers": {"authorization": value, "x-other": 1}}, {}),
        "headers that are none, and the upgrade's": ({"headers": [value], "other": None}, {"Authorization": value}),
        "the upgrade's": ({}, {"authorization": value}),
        "the upgrade's, and no payload": (None, {"Authorization": value}),
        "the scheme in lower case": ({"authorization": f"bearer {token}"}, {}),
        "several blanks": ({"authorization": f"Bearer   {token} "}, {}),
    }


async def _open(client: Client, payload: dict[str, Any] | None, headers: dict[str, str]) -> bool:
    url = client.address.replace("http", "ws", 1) + "/graphql"
    protocol = websockets.Subprotocol("graphql-transport-ws")
    async with websockets.connect(url, subprotocols=[protocol], additional_headers=headers) as connection:
        socket = Socket(connection)
        await socket.send({"type": "connection_init", "payload": payload})
        try:
            return await socket.receive() == {"type": "connection_ack"}
        except websockets.ConnectionClosed:
            assert connection.close_code == 4403
            return False


@pytest.mark.parametrize("name", _payloads(""))
async def test_a_socket_takes_its_token_wherever_clients_put_it(anyone: Client, name: str) -> None:
    assert await _open(anyone, *_payloads(str(anyone.token))[name])
    wrong = _payloads("wrong")[name]
    assert not await _open(anyone, *wrong)


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   "])
async def test_http_takes_it_in_the_same_ways(anyone: Client, name: str, scheme: str) -> None:
    response = await Client(anyone.address).send(json={"query": _VIEWER}, headers={name: f"{scheme}{anyone.token}"})
    assert response.json()["data"]["viewer"]


async def test_the_payload_s_token_stands_before_that_of_the_upgrade(anyone: Client) -> None:
    right, wrong = f"Bearer {anyone.token}", "Bearer wrong"
    assert await _open(anyone, {"headers": {"authorization": right}}, {"Authorization": wrong})
    assert not await _open(anyone, {"authorization": wrong}, {"Authorization": right})
    assert not await _open(anyone, {"authorization": None}, {"Authorization": right})
