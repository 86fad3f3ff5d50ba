"""Each attack gets a response in GraphQL's form at little cost, while the server responds to others."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import websockets

from tests.abuse.conftest import Target
from tests.abuse.documents import ATTACKS, SECRET
from tests.abuse.requests import BODIES, MESSAGES, VARIABLES
from tests.support.plain import plain_client
from tests.support.waiting import PATIENCE

_TRIES = 4


async def _cheaply(target: Target, attack: Callable[[int], Awaitable[str]]) -> None:
    """Repeats an attack until it costs no more CPU time than ordinary requests; both vary with the machine's load."""
    took = []
    async with target.unharmed():
        for number in range(_TRIES):
            before = target.cpu_seconds()
            answer = await attack(number)
            took.append(target.cpu_seconds() - before)
            for word in (SECRET, "Traceback", "Did you mean", 'File "'):
                assert word not in answer, answer[:2000]
            if took[-1] > target.affordable:
                await target.measure()  # the machine may be slower now
            if took[-1] <= target.affordable:
                return
    pytest.fail(f"It took {took} seconds of computing, and ordinary requests {target.affordable}.")


def _codes(answer: dict[str, Any]) -> set[str | None]:
    """The codes of a response's errors; {None} if there are none. Asserts that the errors are in GraphQL's form."""
    errors = answer.get("errors", [])
    assert len(errors) <= 10
    for error in errors:
        assert error["message"]
        assert len(error["message"]) <= 1000
    return {error["extensions"]["code"] for error in errors} or {None}


async def _assert_refused(target: Target, document: str, variables: dict[str, Any], code: str | None) -> None:
    async def attack(number: int) -> str:
        response = await target.client.post(document + " " * number, **variables)  # never a cached document
        assert response.status_code < 500
        assert _codes(response.json()) == {code}, response.text[:2000]
        return response.text

    await _cheaply(target, attack)


@pytest.mark.parametrize("name", ATTACKS)
async def test_a_document_over_http(target: Target, name: str) -> None:
    await _assert_refused(target, ATTACKS[name].document, {}, ATTACKS[name].code)


@pytest.mark.parametrize("name", ATTACKS)
async def test_a_document_over_a_websocket(target: Target, name: str) -> None:
    document, code = ATTACKS[name].document, ATTACKS[name].code
    async with target.client.socket() as socket:

        async def attack(number: int) -> str:
            id_ = await socket.subscribe(document + "\t" * (number + 1))
            message = await socket.receive()
            assert message["id"] == id_
            if message["type"] == "next":
                assert (await socket.receive())["type"] == "complete"
                assert _codes(message["payload"]) == {code}
            else:
                assert _codes({"errors": message["payload"]}) == {code}
            return json.dumps(message)

        await _cheaply(target, attack)


@pytest.mark.parametrize("name", VARIABLES)
async def test_variables(target: Target, name: str) -> None:
    attack = VARIABLES[name]
    await _assert_refused(target, attack.document, attack.variables, attack.code)


@pytest.mark.parametrize("name", BODIES)
async def test_a_body(target: Target, name: str) -> None:
    request = BODIES[name]

    async def attack(_: int) -> str:
        response = await target.client.send(content=request.body, headers=request.headers)
        assert response.status_code == request.status
        assert _codes(response.json()) == {request.code}
        return response.text

    await _cheaply(target, attack)


async def _exchange(connection: websockets.ClientConnection, frame: str | bytes) -> None:
    """Sends a message and waits for another. A long one may be refused before it has been sent completely."""
    await connection.send(frame)
    await asyncio.wait_for(connection.recv(), PATIENCE)


@pytest.mark.parametrize("name", MESSAGES)
async def test_a_message(target: Target, name: str) -> None:
    frame, code = MESSAGES[name]

    async def attack(_: int) -> str:
        async with target.client.socket() as socket:
            with pytest.raises(websockets.ConnectionClosed) as caught:
                await _exchange(socket.connection, frame)
        assert caught.value.rcvd
        assert caught.value.rcvd.code == code
        return caught.value.rcvd.reason

    await _cheaply(target, attack)


async def test_a_body_without_a_length_is_cut_once_it_is_too_long(target: Target) -> None:
    sent = 0

    async def endless() -> Any:  # noqa: ANN401 - httpx requires an iterator
        nonlocal sent
        while sent < 64 * 2**20:
            sent += 2**16
            yield b" " * 2**16

    async with target.unharmed(), plain_client(headers=target.client.headers()) as http:
        headers = {"Content-Type": "application/json"}
        response = await http.post(f"{target.server.address}/graphql", content=endless(), headers=headers)
    assert response.status_code == 413
    assert _codes(response.json()) == {"BODY_TOO_LONG"}


async def test_a_url_that_is_too_long_is_refused(target: Target) -> None:
    async with target.unharmed(), plain_client() as http:
        response = await http.get(f"{target.server.address}/graphql?query={'x' * 40_000}")
    assert response.status_code == 431
    assert response.json()["errors"][0]["message"]
