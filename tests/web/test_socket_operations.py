"""graphql-transport-ws: operations on an open socket."""

import asyncio
from typing import Any

import pytest

from tests.resolvers.test_events import cursor_now
from tests.support.client import Client, Socket
from tests.support.documents import CREATE_INTEGRATION, EVENTS, FOLLOW, INTEGRATIONS
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer

_VIEWER = "{ viewer { name } }"

pytestmark = pytest.mark.usefixtures("quiet")


def _input(name: str, key: str | None = None) -> dict[str, Any]:
    return {"name": name, "authentication": {"secretKey": key or secret_key()}}


async def _assert_follows(socket: Socket, id_: str, client: Client, name: str) -> None:
    """Asserts that the operation pushes both events of a new integration."""
    assert (await client.result(CREATE_INTEGRATION, input=_input(name)))["integration"]
    for _ in range(2):
        message = await socket.receive()
        assert (message["id"], message["type"]) == (id_, "next")
        assert message["payload"]["data"]["events"]["name"] == name


async def _settle(socket: Socket) -> None:
    """Waits until the server has read all messages."""
    await socket.send({"type": "ping"})
    assert await socket.receive() == {"type": "pong"}


async def test_a_ping_gets_a_pong_with_its_payload_and_a_pong_gets_nothing(client: Client) -> None:
    async with client.socket() as socket:
        for payload in ({}, {"payload": None}, {"payload": {"any": "thing"}}):
            await socket.send({"type": "pong", **payload})
        await socket.send({"type": "ping", "payload": {"any": ["thing"]}})
        assert await socket.receive() == {"type": "pong", "payload": {"any": ["thing"]}}
        for payload in ({}, {"payload": None}):
            await socket.send({"type": "ping", **payload})
            assert await socket.receive() == {"type": "pong"}


async def test_queries_and_mutations_work_over_a_socket(client: Client) -> None:
    async with client.socket() as socket:
        for name in ("Billing", "Shop"):
            id_ = await socket.subscribe(CREATE_INTEGRATION, input=_input(name))
            assert (await socket.next())["createIntegration"]["integration"]["name"] == name
            assert await socket.receive() == {"id": id_, "type": "complete"}
        await socket.subscribe(INTEGRATIONS)
        assert (await socket.next())["integrations"]["totalCount"] == 2


async def test_a_query_sees_what_changed_since_the_socket_s_last_one(client: Client) -> None:
    async with client.socket() as socket:
        for count in range(3):
            await socket.subscribe(INTEGRATIONS)
            assert (await socket.next())["integrations"]["totalCount"] == count
            await socket.receive()
            await client.result(CREATE_INTEGRATION, input=_input(f"Integration {count}"))


@pytest.mark.parametrize(
    "document",
    [
        "{ nope }",
        "{ viewer {",
        "",
        "\0",
        "subscription { nope }",
        "subscription { events(after: 1) { cursor } }",
        "subscription ($after: Nope) { events { cursor } }",
        "subscription { events { cursor } events { kind } eventCursor }",
        "subscription { events(filter: {nope: 1}) { cursor } }",
        f"query a {_VIEWER} query b {_VIEWER}",
        "fragment lonely on Query { viewer { name } }",
        "{ integrations(first: " + "9" * 5000 + ") { totalCount } }",
    ],
    ids=lambda document: repr(document[:48]),
)
async def test_an_operation_that_cannot_be_run_is_an_error_of_its_own(client: Client, document: str) -> None:
    async with client.socket() as socket:
        other = await socket.subscribe(FOLLOW, after=await cursor_now(client))
        id_ = await socket.subscribe(document)
        message = await socket.receive()
        assert (message["id"], message["type"]) == (id_, "error")
        assert {error["extensions"]["code"] for error in message["payload"]} == {"INVALID_REQUEST"}
        await _assert_follows(socket, other, client, "Billing")


async def test_a_document_that_does_not_parse_leaves_no_secret_in_the_log(
    server: RunningServer, client: Client
) -> None:
    key = secret_key()
    async with client.socket() as socket:
        await socket.subscribe(f'mutation {{ createIntegration(input: {{authentication: {{secretKey: "{key}"')
        await socket.receive()
    assert key not in server.log.read_text()


async def test_a_cursor_that_names_no_place_is_an_error_and_no_silent_start(client: Client) -> None:
    async with client.socket() as socket:
        id_ = await socket.subscribe(FOLLOW, after="nonsense")
        message = await socket.receive()
        assert message["id"] == id_
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert errors[0]["extensions"] == {"code": "INVALID_CURSOR"}


async def test_an_operation_that_is_completed_is_silent_and_its_id_is_free(client: Client) -> None:
    async with client.socket() as socket:
        id_ = await socket.subscribe(FOLLOW, after=await cursor_now(client))
        await socket.send({"id": id_, "type": "complete"})
        await _settle(socket)
        await client.result(CREATE_INTEGRATION, input=_input("Unheard"))
        variables = {"after": await cursor_now(client)}
        await socket.send({"id": id_, "type": "subscribe", "payload": {"query": FOLLOW, "variables": variables}})
        await _assert_follows(socket, id_, client, "Heard")


async def test_an_id_is_free_once_its_operation_has_ended(client: Client) -> None:
    async with client.socket() as socket:
        for document, type_ in [(_VIEWER, "next"), ("{", "error"), ("{ nope }", "error"), (_VIEWER, "next")]:
            await socket.send({"id": "same", "type": "subscribe", "payload": {"query": document}})
            assert (await socket.receive())["type"] == type_
            if type_ == "next":
                assert await socket.receive() == {"id": "same", "type": "complete"}


async def test_completing_what_is_not_there_changes_nothing(client: Client) -> None:
    async with client.socket() as socket:
        await socket.send({"id": "never begun", "type": "complete"})
        await _settle(socket)


async def test_operations_of_one_socket_go_on_side_by_side(client: Client) -> None:
    async with client.socket() as socket:
        cursor = await cursor_now(client)  # else one may begin after the change
        ids = [await socket.subscribe(FOLLOW, after=cursor) for _ in range(5)]
        await client.result(CREATE_INTEGRATION, input=_input("Billing"))
        messages = [await socket.receive() for _ in range(10)]
    assert sorted(message["id"] for message in messages) == sorted(ids * 2)


async def test_a_mutation_whose_client_leaves_is_done_wholly_or_not_at_all(client: Client) -> None:
    for number in range(10):
        async with client.socket() as socket:
            await socket.subscribe(CREATE_INTEGRATION, input=_input(f"Left {number}"))
            await asyncio.sleep(number / 500)
    # An open transaction would block this one.
    assert (await client.result(CREATE_INTEGRATION, input=_input("Stayed")))["integration"]
    names = {row["name"] for row in (await client.result(INTEGRATIONS))["nodes"]}
    events = (await client.result(EVENTS, first=100))["nodes"]
    created = [event["name"] for event in events if event["kind"] == "INTEGRATION_CREATED"]
    assert "Stayed" in names
    assert sorted(created) == sorted(names)
