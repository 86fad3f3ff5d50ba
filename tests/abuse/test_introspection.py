"""A setting controls introspection, and a production server's errors contain no suggestions."""

from pathlib import Path

import httpx
import pytest

from tests.abuse.conftest import Target
from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.plain import PLAIN
from tests.support.servers import ROOT, RunningServer, running_server
from tests.support.waiting import PATIENCE

_SCHEMA = "{ __schema { queryType { name } } }"
_TYPE = '{ ...a } fragment a on Query { __type(name: "Query") { name } }'
_TYPENAME = "{ __typename }"
_MISTAKES = [
    "{ viewe { name } }",
    "{ integrations(firs: 1) { totalCount } }",
    "{ events(filter: {kind: 1}) { totalCount } }",
]


async def _may_introspect(client: Client) -> bool:
    codes = set()
    for document in (_SCHEMA, _TYPE):
        answer = (await client.post(document)).json()
        codes |= {error["extensions"]["code"] for error in answer.get("errors", [])} or {None}
    assert await client.execute(_TYPENAME) == {"__typename": "Query"}
    assert codes in ({None}, {"INTROSPECTION_DISABLED"})
    response = await _schema_file(client)
    assert (response.status_code == 200) == (codes == {None})
    return codes == {None}


async def _schema_file(client: Client) -> httpx.Response:
    async with httpx.AsyncClient(timeout=PATIENCE, verify=PLAIN) as http:
        return await http.get(f"{client.address}/schema.graphql", headers=client.headers())


async def test_the_file_is_the_exported_schema(target: Target) -> None:
    response = await _schema_file(target.client)
    assert response.text == (ROOT / "schema.graphql").read_text()
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("token", [None, "drawbridge_wrong"])
async def test_without_a_valid_token_the_file_is_refused_as_a_request_is(target: Target, token: str | None) -> None:
    response = await _schema_file(Client(target.server.address, token))
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_in_production_whoever_has_a_token_may_read_the_schema(target: Target) -> None:
    assert await _may_introspect(target.client)
    assert not await _may_introspect(Client(target.server.address))


async def test_in_development_everyone_may(server: RunningServer) -> None:
    assert await _may_introspect(Client(server.address))


@pytest.mark.usefixtures("sqlite")
async def test_nobody_may_if_the_operator_says_so(tmp_path: Path) -> None:
    with running_server(tmp_path, INTROSPECTION="nobody") as server:
        client = (await new_tenant(server)).client
        assert not await _may_introspect(client)
        response = await _schema_file(client)
        assert response.status_code == 403
        assert response.json()["errors"][0]["extensions"] == {"code": "INTROSPECTION_DISABLED"}


@pytest.mark.parametrize("document", _MISTAKES)
async def test_production_makes_no_suggestions_and_development_does(
    target: Target, server: RunningServer, document: str
) -> None:
    assert "Did you mean" not in (await target.client.post(document)).text
    assert "Did you mean" in (await Client(server.address).post(document)).text


async def test_production_makes_no_suggestions_for_variables(target: Target) -> None:
    document = "query ($filter: EventFilter) { events(filter: $filter) { totalCount } }"
    for filter_ in ({"kind": 1}, {"kinds": ["TOKEN_ISSUE"]}):
        text = (await target.client.post(document, filter=filter_)).text
        assert "INVALID_REQUEST" in text
        assert "Did you mean" not in text
