"""A setting controls introspection, and a production server's errors contain no suggestions."""

from pathlib import Path

import httpx
import pytest
from graphql import get_introspection_query

from tests.abuse.conftest import Target
from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.servers import ROOT, RunningServer, running_server

_SCHEMA = "{ __schema { queryType { name } } }"
_TYPE = '{ ...a } fragment a on Query { __type(name: "Query") { name } }'
_COSTLY = "{ integrations(first: 100) { nodes { id } } }"
_TYPENAME = "{ __typename }"
# Mistakes for which development suggests a name, and others in which graphql-core could.
_MISTAKES = {
    "{ viewe { name } }": True,
    "{ viewer }": True,
    "{ node(id: 1) { name } }": True,
    "{ integrations(firs: 1) { totalCount } }": True,
    "{ events(filter: {kind: 1}) { totalCount } }": True,
    "{ viewer { ... on Viewe { name } } }": True,
    "query ($first: In) { integrations(first: $first) { totalCount } }": True,
    "fragment f on Viewe { name } { viewer { ...f } }": True,
    "{ viewer @skip(i: true) { name } }": True,
    "{ viewer @skp(if: true) { name } }": False,
    "{ viewer { ...f } } fragment g on Viewer { name }": False,
    "query ($firs: Int) { integrations(first: $first) { totalCount } }": False,
    "{ events(filter: {kinds: TOKEN_ISSUE}) { totalCount } }": False,
    '{ events(filter: {kinds: "TOKEN_ISSUED"}) { totalCount } }': False,
    "query ($kind: EventKind = TOKEN_ISSUE) { events(filter: {kinds: [$kind]}) { totalCount } }": False,
    "query quer { viewer { name } } query quer { viewer { name } }": False,
    "mutation { issueToke(input: {}) { __typename } }": True,
    "mutation { issueToken(input: {nam: 1}) { __typename } }": True,
    '{ __type(nam: "Query") { name } }': True,
    "{ __schem { queryType { name } } }": False,
    "extend type Quer { name: String } { viewer { name } }": False,
}


async def _may_introspect(client: Client) -> bool:
    codes = set()
    for document in (_SCHEMA, _TYPE):
        answer = (await client.post(document)).json()
        codes |= {error["extensions"]["code"] for error in answer.get("errors", [])} or {None}
    if client.token:
        assert await client.execute(_TYPENAME) == {"__typename": "Query"}
    assert codes in ({None}, {"INTROSPECTION_DISABLED"} if client.token else {"UNAUTHENTICATED"})
    response = await _schema_file(client)
    assert (response.status_code == 200) == (codes == {None})
    return codes == {None}


async def _schema_file(client: Client) -> httpx.Response:
    async with plain_client() as http:
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
        assert not await _may_introspect(Client(server.address))
        response = await _schema_file(client)
        assert response.status_code == 403
        assert response.json()["errors"][0]["extensions"] == {"code": "INTROSPECTION_DISABLED"}


async def test_the_cost_that_operations_may_have_does_not_bound_introspection(tmp_path: Path) -> None:
    with running_server(tmp_path, MAX_COST="100", INTROSPECTION="viewers") as server:
        client = (await new_tenant(server)).client
        query = get_introspection_query(input_value_deprecation=True, directive_is_repeatable=True)
        schema = (await client.execute(query))["__schema"]
        assert {"Query", "Mutation"} <= {type_["name"] for type_ in schema["types"]}
        twice = (
            "query {"
            + "".join(
                f"{alias}: {query[query.index('__schema') :].split('fragment')[0].rpartition('}')[0]}"
                for alias in "abc"
            )
            + "}"
        )
        fragments = query[query.index("fragment") :]
        error = await client.error(twice + fragments)
        assert error["extensions"] == {"code": "INTROSPECTION_LIMIT_EXCEEDED"}
        assert (await client.error(_COSTLY))["extensions"] == {"code": "COST_LIMIT_EXCEEDED"}


@pytest.mark.parametrize("document", _MISTAKES)
async def test_production_makes_no_suggestions_and_development_does(
    target: Target, client: Client, document: str
) -> None:
    suggesting = "Did you mean"
    response = await target.client.post(document)
    assert response.json()["errors"]
    assert suggesting not in response.text
    assert (suggesting in (await client.post(document)).text) is _MISTAKES[document]


async def test_production_makes_no_suggestions_for_variables(target: Target) -> None:
    document = "query ($filter: EventFilter) { events(filter: $filter) { totalCount } }"
    for filter_ in ({"kind": 1}, {"kinds": ["TOKEN_ISSUE"]}):
        text = (await target.client.post(document, filter=filter_)).text
        assert "INVALID_REQUEST" in text
        assert "Did you mean" not in text
