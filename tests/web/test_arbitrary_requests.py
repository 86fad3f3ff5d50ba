"""Arbitrary requests get a JSON response in GraphQL's form, and never fail inside the server."""

from collections.abc import Iterator

import anyio
import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.organizations import new_tenant
from tests.support.plain import PLAIN
from tests.support.servers import RunningServer
from tests.support.waiting import PATIENCE

_scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=20)
)
_json = st.recursive(
    _scalars,
    lambda some: st.lists(some, max_size=4) | st.dictionaries(st.text(max_size=9), some, max_size=4),
    max_leaves=12,
)
# Words that make documents which parse now and then, and reach validation and coercion.
_words = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "$a",
    "!",
    "...",
    "@skip",
    "#",
    '"',
    '"""',
    "\\",
    "\n",
    ",",
    "&",
    "=",
    "null",
]
_words += [
    "query",
    "mutation",
    "subscription",
    "fragment",
    "on",
    "viewer",
    "name",
    "integrations",
    "nodes",
    "totalCount",
]
_words += [
    "first",
    "after",
    "filter",
    "orderBy",
    "node",
    "id",
    "input",
    "Query",
    "Int",
    "ID",
    "1",
    "-1",
    "1.5",
    '"x"',
    "99999999999",
]
_documents = st.lists(st.sampled_from(_words), max_size=25).map(" ".join)
_queries = st.sampled_from(
    [
        "query ($a: Int, $b: String) { integrations(first: $a, after: $b) { totalCount } }",
        "query ($a: ID!) { node(id: $a) { id } integration(id: $a) { id } credential(id: $a) { id } }",
        "query ($a: IntegrationFilter, $b: IntegrationOrder) { integrations(filter: $a, orderBy: $b) { totalCount } }",
        "query ($a: String, $b: EventFilter) { events(after: $a, filter: $b) { totalCount } }",
        "mutation ($a: CreateIntegrationInput!) { createIntegration(input: $a) { __typename } }",
        "mutation ($a: IssueTokenInput!) { issueToken(input: $a) { __typename } }",
    ]
)
_inputs = st.dictionaries(
    st.sampled_from(["id", "name", "nameContains", "kinds", "field", "authentication", "scopes", "expiresAt"]),
    _json,
    max_size=4,
)
_requests = st.fixed_dictionaries(
    {"query": _queries | _documents | _json},
    optional={
        "variables": st.fixed_dictionaries({"a": _json | _inputs}, optional={"b": _json | _inputs}) | _json,
        "operationName": _json,
        "extensions": _json,
    },
)
_bodies = st.binary(max_size=200) | st.text(max_size=200).map(str.encode) | (_json | _requests).map(orjson.dumps)


@pytest.fixture(scope="module")
def http(server: RunningServer) -> Iterator[httpx.Client]:
    """One connection for all examples, authenticated so that they reach the use cases."""
    tenant = anyio.run(new_tenant, server)
    headers = tenant.client.headers() | {"Content-Type": "application/json"}
    with httpx.Client(base_url=server.address, headers=headers, timeout=PATIENCE, verify=PLAIN) as client:
        yield client


@given(_bodies)
@settings(max_examples=400)
def test_any_body_is_answered_in_graphql_s_form(http: httpx.Client, body: bytes) -> None:
    response = http.post("/graphql", content=body)
    assert response.status_code < 500
    answer = response.json()
    assert set(answer) <= {"data", "errors", "extensions"}
    for error in answer.get("errors", []):
        assert isinstance(error["message"], str)
        assert error.get("extensions", {}).get("code") != "INTERNAL_ERROR", body
    assert answer.get("errors") or answer["data"] is not None


@given(st.dictionaries(st.sampled_from(["query", "variables", "operationName"]) | st.text(), st.text(max_size=60)))
@settings(max_examples=100)
def test_any_url_is_answered_in_graphql_s_form(http: httpx.Client, params: dict[str, str]) -> None:
    response = http.get("/graphql", params={key: value.encode() for key, value in params.items()})
    assert response.status_code < 500
    assert set(response.json()) <= {"data", "errors", "extensions"}
