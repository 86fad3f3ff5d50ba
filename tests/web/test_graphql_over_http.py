"""Conformance to the GraphQL over HTTP draft: statuses by media type, and graphql-http's audits."""

from typing import Any

import httpx
import pytest

from models import Scope
from tests.support.client import Client
from tests.support.node import running
from tests.support.organizations import Tenant
from tests.support.plain import plain_client
from web.graphql.negotiation import GRAPHQL, JSON

_VIEWER = "{ viewer { name } }"


async def test_all_61_audits_of_graphql_http_pass(anyone: Client) -> None:
    async with running("audits.mjs", f"{anyone.address}/graphql", TOKEN=str(anyone.token)) as audits:
        results = await audits.line(30)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len({result["id"] for result in results}) == 61


async def _post(client: Client, type_: str, **body: object) -> httpx.Response:
    return await client.send(json=body, headers={"Accept": type_})


_NOT_EXECUTED: list[dict[str, Any]] = [
    {"query": ""},
    {"query": " \n\t,"},
    {"query": "# nothing"},
    {"query": "{"},
    {"query": "\0"},
    {"query": "{ nope }"},
    {"query": "{ viewer " * 600},
    {"query": _VIEWER, "operationName": "unknown"},
    {"query": f"query a {_VIEWER} query b {_VIEWER}"},
    {"query": f"query a {_VIEWER} query b {_VIEWER}", "operationName": ""},
    {"query": "fragment lonely on Query { viewer { name } }"},
    {"query": "query ($first: Int!) { integrations(first: $first) { totalCount } }"},
    {"query": "query ($first: Int) { integrations(first: $first) { totalCount } }", "variables": {"first": "x"}},
    {"query": "query ($id: ID!) { integration(id: $id) { id } }", "variables": {"id": None}},
    {"query": "subscription { events { cursor } }"},
]


@pytest.mark.parametrize(("type_", "status"), [(GRAPHQL, 400), (JSON, 200)])
@pytest.mark.parametrize("body", _NOT_EXECUTED, ids=range(len(_NOT_EXECUTED)))
async def test_what_fails_before_it_is_executed_has_errors_and_no_data(
    anyone: Client, body: dict[str, Any], type_: str, status: int
) -> None:
    response = await _post(anyone, type_, **body)
    assert response.status_code == status
    assert response.headers["content-type"] == f"{type_}; charset=utf-8"
    assert set(response.json()) - {"extensions"} == {"errors"}
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"INVALID_REQUEST"}


_MALFORMED = [
    b"{",
    b"1",
    b'{"query":"\xc3\x28"}',
    b"{}",
    b'{"query":"{a}","variables":[]}',
    b'{"query":"{a}","extensions":1}',
]


@pytest.mark.parametrize("type_", [GRAPHQL, JSON])
@pytest.mark.parametrize("body", _MALFORMED, ids=range(len(_MALFORMED)))
async def test_what_is_no_request_is_answered_400_in_either_form(anyone: Client, body: bytes, type_: str) -> None:
    headers = {"Accept": type_, "Content-Type": "application/json"}
    response = await anyone.send(content=body, headers=headers)
    assert response.status_code == 400
    assert response.headers["content-type"] == f"{type_}; charset=utf-8"
    assert set(response.json()) == {"errors"}


@pytest.mark.parametrize("type_", [GRAPHQL, JSON])
async def test_an_unknown_member_and_extensions_are_accepted(anyone: Client, type_: str) -> None:
    response = await _post(anyone, type_, query="{ __typename }", extensions={"any": ["thing"]}, more=1)
    assert (response.status_code, response.json()["data"]) == (200, {"__typename": "Query"})


@pytest.mark.parametrize(("type_", "status"), [(GRAPHQL, 294), (JSON, 200)])
async def test_data_with_errors_is_a_partial_success(any_tenant: Tenant, type_: str, status: int) -> None:
    client = await any_tenant.client_with(Scope.REVEAL_SECRETS)
    response = await _post(client, type_, query='{ viewer { name } integration(id: "x") { id } }')
    assert response.status_code == status
    assert response.json()["data"]["viewer"]["name"]
    assert response.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN", "requiredScope": "READ"}
    response = await _post(client, type_, query="{ viewer { name } eventCursor }")
    assert (response.status_code, response.json()["data"]) == (status, None)


async def test_a_mutation_by_get_is_answered_405_and_names_post(anyone: Client) -> None:
    for type_ in (GRAPHQL, JSON):
        headers = anyone.headers() | {"Accept": type_}
        async with plain_client(headers=headers) as http:
            response = await http.get(f"{anyone.address}/graphql", params={"query": "mutation { __typename }"})
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert response.headers["content-type"] == f"{type_}; charset=utf-8"


@pytest.mark.parametrize("type_", [GRAPHQL, JSON, "text/event-stream"])
async def test_an_unknown_token_is_answered_401_in_either_form(anyone: Client, type_: str) -> None:
    response = await _post(Client(anyone.address, "unknown"), type_, query=_VIEWER)
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert response.headers["content-type"].startswith(GRAPHQL if type_ == GRAPHQL else JSON)
