"""GraphQL over HTTP: malformed requests get JSON errors in GraphQL's form, and nothing fails inside."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.support.client import Client
from tests.support.documents import CREATE_INTEGRATION, INTEGRATIONS
from tests.support.plain import plain_client
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.waiting import PATIENCE

_JSON = {"Content-Type": "application/json"}
_VIEWER = "{ viewer { name } }"
_COUNT = "query ($first: Int) { integrations(first: $first) { totalCount } }"
_DELETE = 'mutation { deleteIntegration(input: {id: "x"}) { __typename } }'

pytestmark = pytest.mark.usefixtures("quiet")


def _errors(response: httpx.Response) -> list[dict[str, Any]]:
    """The errors of a response; asserts that there are some, in GraphQL's form, and no INTERNAL_ERROR."""
    assert response.status_code < 500
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    answer = response.json()
    assert answer.get("data") is None
    assert answer["errors"]
    for error in answer["errors"]:
        assert isinstance(error["message"], str)
        assert "Traceback" not in error["message"]
        assert error.get("extensions", {}).get("code") != "INTERNAL_ERROR"
    return list(answer["errors"])


def _body(**parts: object) -> bytes:
    return json.dumps(parts).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"1",
        b'"x"',
        b"[]",
        b"null",
        b"",
        b"{",
        b"[" * 100_000,
        b'{"query":' + b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe{}",
        b'{"query":"\xc3\x28"}',
        b'{"query":NaN}',
        b'{"query":"{viewer{name}}","variables":{"first":NaN}}',
        b'{"query":"{viewer{name}}","variables":{"first":1e400}}',
        b'{"query":"\\ud800"}',
        b'{"query":"{viewer{name}}","variables":{"id":"\\udc00"}}',
        b'{"query":"{viewer{name}}","variables":{"first":' + b"9" * 5000 + b"}}",
        b"{}",
        _body(query=None),
        _body(query=1),
        _body(query=[_VIEWER]),
        _body(query=_VIEWER, variables=[]),
        _body(query=_VIEWER, variables=1),
        _body(query=_VIEWER, variables="["),
        _body(query=_VIEWER, extensions=[]),
        _body(query=_VIEWER, operationName=1),
        _body(query=_VIEWER, operationName=["x"]),
        json.dumps([{"query": _VIEWER}]).encode(),
    ],
    ids=lambda body: repr(body[:48]),
)
async def test_a_body_that_is_no_request_is_answered_400(client: Client, body: bytes) -> None:
    response = await client.send(content=body, headers=_JSON)
    (error,) = _errors(response)
    assert response.status_code == 400
    assert error["extensions"] == {"code": "INVALID_REQUEST"}


@pytest.mark.parametrize(
    "document",
    [
        "{ nope }",
        "{ viewer { nope } }",
        "{ viewer }",
        "{ viewer {",
        "}",
        "\0",
        "\N{GRINNING FACE}",
        "query ($first: Nope) { viewer { name } }",
        "{ ...unknown }",
        "{ ...a } fragment a on Query { ...a }",
        "{ integrations(first: " + "9" * 5000 + ") { totalCount } }",
        "{ integrations(first: 1e999999) { totalCount } }",
        "{ viewer { name } @nope }",
        "{ viewer " * 600,
        "subscription { events { cursor } }",
    ],
    ids=lambda document: repr(document[:48]),
)
async def test_a_document_that_cannot_be_run_is_told_with_a_code(client: Client, document: str) -> None:
    errors = _errors(await client.post(document))
    assert {error.get("extensions", {}).get("code") for error in errors} == {"INVALID_REQUEST"}


@pytest.mark.parametrize("first", ["x", 1.5, 2**31, 2**63, True, [], {}, -(2**31) - 1])
async def test_a_variable_of_the_wrong_type_is_told(client: Client, first: object) -> None:
    (error,) = _errors(await client.post(_COUNT, first=first))
    assert error["extensions"] == {"code": "INVALID_REQUEST"}


async def test_a_nul_in_a_string_finds_nothing_and_breaks_nothing(client: Client) -> None:
    assert await client.execute("query ($id: ID!) { integration(id: $id) { id } }", id="integration_\0") == {
        "integration": None
    }
    error = await client.error(INTEGRATIONS, filter={"nameContains": "\0"})
    assert error["extensions"]["code"] == "INVALID_ARGUMENT"
    for name, key, refused in (("a\0b", secret_key(), "InvalidInputError"), ("a", "\0", "InvalidSecretKeyError")):
        result = await client.result(CREATE_INTEGRATION, input={"name": name, "authentication": {"secretKey": key}})
        assert result["__typename"] == refused


async def test_the_longest_document_that_is_taken_has_a_thousand_tokens(client: Client) -> None:
    document = "{{ events(filter: {{kinds: [{}]}}) {{ totalCount }} }}"
    await client.execute(document.format("TOKEN_ISSUED " * 984))
    (error,) = _errors(await client.post(document.format("TOKEN_ISSUED " * 985)))
    assert "1000 tokens" in error["message"]
    assert error["extensions"] == {"code": "DOCUMENT_TOO_LONG"}


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "xapplication/json",
        "text/plain; application/json",
        "\xff",
    ],
)
async def test_another_content_type_is_answered_415(client: Client, content_type: str | None) -> None:
    headers = [] if content_type is None else [(b"Content-Type", content_type.encode("latin-1"))]
    async with plain_client(headers=client.headers()) as http:
        response = await http.post(f"{client.address}/graphql", content=_body(query=_VIEWER), headers=headers)
    assert response.status_code == 415
    assert _errors(response)


async def test_json_may_name_its_charset(client: Client) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert (await client.send(content=_body(query=_VIEWER), headers=headers)).json()["data"]["viewer"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "NONSENSE"])
@pytest.mark.parametrize("path", ["/graphql", "/healthz"])
async def test_another_method_is_answered_405(client: Client, method: str, path: str) -> None:
    async with plain_client() as http:
        response = await http.request(method, client.address + path, headers=client.headers())
    assert response.status_code == 405
    assert _errors(response)


@pytest.mark.parametrize(("path", "methods"), [("/graphql", {"GET", "POST"}), ("/healthz", {"GET", "HEAD"})])
async def test_an_answer_405_names_the_methods_that_are_allowed(client: Client, path: str, methods: set[str]) -> None:
    async with plain_client() as http:
        response = await http.put(client.address + path)
    assert set(response.headers.get("allow", "").split(", ")) == methods


async def _get(client: Client, **params: str) -> httpx.Response:
    async with plain_client() as http:
        return await http.get(f"{client.address}/graphql", params=params, headers=client.headers())


async def test_queries_may_be_sent_by_get(client: Client) -> None:
    response = await _get(client, query=_COUNT, variables='{"first": 1}', operationName="")
    assert response.json()["data"] == {"integrations": {"totalCount": 0}}


@pytest.mark.parametrize("variables", ["[1]", "1", "{", "\0", "[" * 5000])
async def test_variables_in_a_url_that_are_no_object_are_answered_400(client: Client, variables: str) -> None:
    response = await _get(client, query=_VIEWER, variables=variables)
    assert response.status_code == 400
    assert _errors(response)


async def test_a_mutation_by_get_is_refused_and_nothing_happens(client: Client) -> None:
    variables = {"input": {"name": "Billing", "authentication": {"secretKey": secret_key()}}}
    response = await _get(client, query=CREATE_INTEGRATION, variables=json.dumps(variables))
    both = await _get(client, query=f"query a {_VIEWER} {_DELETE.replace('mutation', 'mutation b')}", operationName="b")
    assert [_errors(response)[0]["extensions"], _errors(both)[0]["extensions"]] == [{"code": "INVALID_REQUEST"}] * 2
    assert [response.status_code, both.status_code] == [405, 405]
    assert (await client.result(INTEGRATIONS))["totalCount"] == 0


async def test_of_two_mutations_without_a_name_none_is_run(client: Client) -> None:
    fields = CREATE_INTEGRATION.partition("mutation ")[2]
    request = {"name": "Billing", "authentication": {"secretKey": secret_key()}}
    _errors(await client.post(f"mutation a {fields} query b {_VIEWER}", input=request))
    assert (await client.result(INTEGRATIONS))["totalCount"] == 0


@pytest.mark.parametrize("path", ["/nope", "/graphql/nope", "/graphql/", "/healthz/", "/%00", "/..%2f..%2fetc"])
async def test_an_unknown_path_is_404_in_the_same_form(client: Client, path: str) -> None:
    async with plain_client() as http:
        response = await http.get(client.address + path)
    assert response.status_code == 404
    assert _errors(response)


async def test_no_answer_names_the_software_that_serves(client: Client) -> None:
    answers = [await client.post(_VIEWER), await client.send(content=b"1", headers=_JSON), await _get(client)]
    assert not [answer.headers for answer in answers if "server" in answer.headers]


async def test_others_are_served_while_one_client_sends_garbage(client: Client, server: RunningServer) -> None:
    async def garbage() -> None:
        while True:
            await client.send(content=b'{"query":' + b"[" * 100_000, headers=_JSON)
            await client.post("{ " + "viewer { name } " * 2000 + "}")

    spoilers = [asyncio.create_task(garbage()) for _ in range(4)]
    for _ in range(8):
        assert (await asyncio.wait_for(client.result(_VIEWER), PATIENCE))["name"]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.settings.serving.port)
    writer.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
    assert (await asyncio.wait_for(reader.read(), PATIENCE)).startswith(b"HTTP/1.1 400")
    writer.close()
    assert not [spoiler for spoiler in spoilers if spoiler.done()]
    for spoiler in spoilers:
        spoiler.cancel()
    await asyncio.gather(*spoilers, return_exceptions=True)
