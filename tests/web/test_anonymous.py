"""A request without a token is refused like one with a wrong token, before it is read. Introspection may be open."""

import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from graphql import get_introspection_query

from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.plain import plain_client
from tests.support.servers import RunningServer, running_server
from tests.support.streams import EVENTS
from web.graphql.negotiation import GRAPHQL, JSON

_VIEWER = "{ viewer { name } }"
_FOLLOW = "subscription { events { cursor } }"
_TYPES = [GRAPHQL, JSON, "text/event-stream"]
_JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server on which only viewers may introspect."""
    folder = tmp_path_factory.mktemp("closed")
    changes = {"DATABASE_URL": f"sqlite:///{folder}/drawbridge.sqlite3", "INTROSPECTION": "viewers"}
    with running_server(folder, **changes) as running:
        yield running


@pytest.fixture(scope="module")
def open_(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server on which everyone may introspect, three times a minute."""
    folder = tmp_path_factory.mktemp("open")
    changes = {"DATABASE_URL": f"sqlite:///{folder}/drawbridge.sqlite3", "FAILED_AUTHENTICATIONS_PER_MINUTE": "3"}
    with running_server(folder, INTROSPECTION="everyone", TRUSTED_PROXIES="127.0.0.1", **changes) as running:
        yield running


def _assert_unauthenticated(response: httpx.Response) -> None:
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize("type_", _TYPES)
@pytest.mark.parametrize("document", [_VIEWER, _FOLLOW, "mutation { __typename }", "{ __typename }", "{ nope"])
async def test_a_request_without_a_token_is_refused_like_one_with_a_wrong_token(
    closed: RunningServer, document: str, type_: str
) -> None:
    body, headers = {"query": document}, {"Accept": type_}
    without = await Client(closed.address).send(json=body, headers=headers)
    wrong = await Client(closed.address, "wrong").send(json=body, headers=headers)
    _assert_unauthenticated(without)
    assert (without.content, without.headers["content-type"]) == (wrong.content, wrong.headers["content-type"])


@pytest.mark.parametrize("document", [_VIEWER, _FOLLOW, "{ __schema { queryType { name } } }"])
async def test_so_is_a_get(closed: RunningServer, document: str) -> None:
    async with plain_client() as http:
        for headers in ({}, EVENTS):
            address = f"{closed.address}/graphql"
            _assert_unauthenticated(await http.get(address, params={"query": document}, headers=headers))


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"1", json.dumps({"query": "{ a" * 5000}).encode()])
async def test_it_is_refused_before_it_is_read(closed: RunningServer, body: bytes) -> None:
    for headers in (_JSON, {"Content-Type": "text/plain"}):
        _assert_unauthenticated(await Client(closed.address).send(content=body, headers=headers))


_INTROSPECTION = [
    "{ __schema { queryType { name } } }",
    '{ __type(name: "Query") { name } }',
    "{ __typename }",
    '{ ...a ... on Query { __typename } } fragment a on Query { __type(name: "Query") { name } }',
    f"query wanted {{ __typename }} query other {_VIEWER}",
    get_introspection_query(),
]
_MORE = [
    _VIEWER,
    f"{{ __typename {_VIEWER[1:-1]} }}",
    f"{{ __schema {{ queryType {{ name }} }} ...a }} fragment a on Query {_VIEWER}",
    "mutation { __typename deleteIntegration(input: {id: 1}) { __typename } }",
    _FOLLOW,
    "{ nope }",
    "{",
    "{ ...a } fragment a on Query { ...a viewer { name } }",
    f"query other {{ __typename }} query wanted {_VIEWER}",
    "query other { __typename }",
]


@pytest.mark.parametrize("document", _INTROSPECTION)
async def test_where_introspection_is_open_it_is_answered(any_server: RunningServer, document: str) -> None:
    name = "wanted" if "wanted" in document else None
    response = await Client(any_server.address).send(json={"query": document, "operationName": name})
    assert (response.status_code, "errors" in response.json()) == (200, False)


@pytest.mark.parametrize("document", _MORE)
@pytest.mark.parametrize("type_", _TYPES)
async def test_and_nothing_else_is(any_server: RunningServer, document: str, type_: str) -> None:
    name = "wanted" if "query other" in document else None
    body = {"query": document, "operationName": name}
    _assert_unauthenticated(await Client(any_server.address).send(json=body, headers={"Accept": type_}))


async def test_introspection_that_fails_says_why(any_server: RunningServer) -> None:
    error = await Client(any_server.address).error("{ __schema { nope } }")
    assert error["extensions"] == {"code": "INVALID_REQUEST"}


async def _ask(client: Client, address: str, document: str) -> httpx.Response:
    return await client.send(json={"query": document}, headers={"X-Forwarded-For": address})


async def test_anonymous_introspection_counts_like_failed_authentications(open_: RunningServer) -> None:
    nobody = Client(open_.address)
    answers = [await _ask(nobody, "192.0.2.1", f"{{ __typename }} #{number}") for number in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[3].json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert int(answers[3].headers["Retry-After"]) > 0
    assert (await _ask(replace(nobody, token="wrong"), "192.0.2.1", "{ __typename }")).status_code == 429
    assert (await _ask(nobody, "192.0.2.2", "{ __typename }")).status_code == 200
    client = (await new_tenant(open_)).client
    assert (await _ask(client, "192.0.2.1", "{ __typename }")).status_code == 200


async def test_so_do_requests_that_need_a_token_and_have_none(open_: RunningServer) -> None:
    statuses = [(await _ask(Client(open_.address), "192.0.2.3", _VIEWER)).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
