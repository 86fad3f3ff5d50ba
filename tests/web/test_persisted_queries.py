"""Probes for persisted queries: clients send the whole document once they know that the server stores none."""

import json
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.node import running
from tests.support.plain import plain_client
from web.graphql.negotiation import GRAPHQL, JSON

_PROBE = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
_REFUSAL = [{"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}]


@pytest.mark.parametrize(("type_", "status"), [(GRAPHQL, 400), (JSON, 200)])
@pytest.mark.parametrize("more", [{}, {"query": None}, {"query": ""}])
async def test_a_probe_is_refused_in_words_that_clients_know(
    anyone: Client, type_: str, status: int, more: dict[str, Any]
) -> None:
    response = await anyone.send(json={"extensions": _PROBE, **more}, headers={"Accept": type_})
    assert (response.status_code, response.json()) == (status, {"errors": _REFUSAL})


async def test_so_is_one_by_get_and_one_for_a_stream(anyone: Client) -> None:
    async with plain_client(headers=anyone.headers()) as http:
        params = {"extensions": json.dumps(_PROBE), "operationName": "A"}
        response = await http.get(f"{anyone.address}/graphql", params=params)
        assert (response.status_code, response.json()) == (200, {"errors": _REFUSAL})
        stream = await http.get(f"{anyone.address}/graphql", params=params, headers={"Accept": "text/event-stream"})
        assert '"PERSISTED_QUERY_NOT_SUPPORTED"' in stream.text
        assert "event: complete" in stream.text


async def test_so_is_one_on_a_socket_which_stays_open(anyone: Client) -> None:
    async with anyone.socket() as socket:
        await socket.send({"id": "1", "type": "subscribe", "payload": {"extensions": _PROBE}})
        assert await socket.receive() == {"id": "1", "type": "error", "payload": _REFUSAL}
        await socket.subscribe("{ viewer { name } }")
        assert (await socket.next())["viewer"]["name"]


async def test_a_document_that_comes_with_a_hash_is_executed(anyone: Client) -> None:
    response = await anyone.send(json={"query": "{ __typename }", "extensions": _PROBE})
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("program", ["apollo", "urql"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_apollo_and_urql_go_on_with_the_whole_document(anyone: Client, program: str, method: str) -> None:
    address = f"{anyone.address}/graphql"
    async with running(f"persisted_{program}.mjs", address, method, TOKEN=str(anyone.token)) as client:
        result, again, sent = await client.rest()
    assert result == again == {"name": (await anyone.result("{ viewer { name } }"))["name"]}
    assert sent == ["hash", "document", "document"]
