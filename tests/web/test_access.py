"""Hosts and origins: requests for unknown hosts, and from pages of other origins, are refused."""

from collections.abc import Iterator

import httpx
import pytest
import websockets

from tests.support.client import Client
from tests.support.organizations import new_tenant
from tests.support.plain import PLAIN, plain_client
from tests.support.production import running_in_production
from tests.support.servers import RunningServer
from tests.support.waiting import PATIENCE

_VIEWER = "{ viewer { name } }"
_SPA = "https://app.example.com"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with several host names, and one allowed origin."""
    folder = tmp_path_factory.mktemp("known")
    changes = {
        "DATABASE_URL": f"sqlite:///{folder}/drawbridge.sqlite3",
        "PUBLIC_URL": "https://Drawbridge.example.com",
        "ALLOWED_HOSTS": "inside.example.com, 192.0.2.7, [2001:db8::7]",
        "ALLOWED_ORIGINS": _SPA,
        "ALLOWED_HEADERS": "X-Tenant, x-datadog-trace-id",
    }
    with running_in_production(folder, **changes) as running:
        yield running


@pytest.fixture
async def client(known: RunningServer) -> Client:
    """A client with a valid token."""
    return (await new_tenant(known)).client


_HOSTS = ["drawbridge.example.com", "DRAWBRIDGE.example.com:443", "inside.example.com", "192.0.2.7:8000"]
_HOSTS += ["[2001:db8::7]", "[2001:db8::7]:1", "localhost:3000", "127.0.0.1", "[::1]:8000"]
_FOREIGN = ["evil.example", "evil.example:8000", "evil.inside.example.com", "inside.example.com.evil.example", ""]
_FOREIGN += [
    "evil.example@inside.example.com",
    "inside.example.com/evil",
    "inside.example.com#",
    "[inside.example.com]",
]
_FOREIGN += ["192.0.2.8", "localhost.", "localhost:x", "[::1", "drawbridge.example.com,evil.example"]


@pytest.mark.parametrize("host", _HOSTS)
async def test_what_is_addressed_to_one_of_its_names_is_answered(client: Client, host: str) -> None:
    assert (await client.send(json={"query": _VIEWER}, headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", _FOREIGN)
async def test_what_is_addressed_to_another_host_is_refused(client: Client, host: str) -> None:
    answer = await client.send(json={"query": _VIEWER}, headers={"Host": host})
    assert answer.status_code == 421
    assert answer.json()["errors"][0]["extensions"] == {"code": "INVALID_REQUEST"}


def test_whoever_watches_over_it_may_use_any_address(known: RunningServer) -> None:
    statuses = [
        httpx.get(known.address + path, headers={"Host": "10.1.2.3:8000"}, timeout=PATIENCE, verify=PLAIN).status_code
        for path in ("/healthz", "/readyz", "/sandbox/")
    ]
    assert statuses == [200, 200, 421]


async def _upgrade(client: Client, **headers: str) -> int:
    """The status of the response to a WebSocket upgrade."""
    url = client.address.replace("http", "ws", 1) + "/graphql"
    headers |= client.headers()
    try:
        async with websockets.connect(
            url, subprotocols=[websockets.Subprotocol("graphql-transport-ws")], additional_headers=headers
        ) as connection:
            assert connection.response
            return connection.response.status_code
    except websockets.InvalidStatus as error:
        return error.response.status_code


@pytest.mark.parametrize("origin", [None, _SPA, "http://127.0.0.1:{port}"])
async def test_a_socket_is_opened_by_known_pages_and_by_what_is_no_page(client: Client, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin.format(port=httpx.URL(client.address).port)}
    assert await _upgrade(client, **headers) == 101


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://app.example.com",
        f"{_SPA}:8443",
        f"{_SPA}.evil.example",
        "http://127.0.0.1:1",
    ],
)
async def test_a_socket_is_not_opened_by_foreign_pages(client: Client, origin: str) -> None:
    assert await _upgrade(client, Origin=origin) == 403


async def test_a_page_whose_own_name_leads_here_opens_no_socket(client: Client) -> None:
    """As after DNS rebinding: the Origin equals the Host."""
    url = client.address.replace("http://127.0.0.1", "http://evil.example")
    assert await _upgrade(client, Origin=url, Host=httpx.URL(url).netloc.decode()) in {421, 400}


async def _preflight(
    client: Client, origin: str, method: str = "POST", header: str = "authorization"
) -> httpx.Response:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": header}
    async with plain_client() as http:
        return await http.options(f"{client.address}/graphql", headers=asked)


async def test_the_known_pages_may_ask_and_see_what_they_need(client: Client) -> None:
    for header in ("authorization", "content-type", "idempotency-key", "last-event-id"):
        answer = await _preflight(client, _SPA, header=header)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, _SPA)
    answer = await client.send(json={"query": _VIEWER}, headers={"Origin": _SPA})
    assert answer.headers["Access-Control-Allow-Origin"] == _SPA
    assert answer.headers["Access-Control-Expose-Headers"] == "ETag, Idempotency-Replayed, Retry-After, X-Request-ID"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    refused = await Client(client.address, "nonsense").send(json={"query": _VIEWER}, headers={"Origin": _SPA})
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, _SPA)


_CLIENTS_HEADERS = ["traceparent", "tracestate", "baggage", "sentry-trace", "apollo-require-preflight"]
_CLIENTS_HEADERS += ["apollographql-client-name", "apollographql-client-version", "x-apollo-operation-name"]
_CLIENTS_HEADERS += ["x-apollo-operation-id", "x-apollo-operation-type"]


@pytest.mark.parametrize("header", [*_CLIENTS_HEADERS, "x-tenant", "X-Datadog-Trace-Id"])
async def test_pages_may_send_what_clients_and_tracing_add_and_what_the_operator_allows(
    client: Client, header: str
) -> None:
    answer = await _preflight(client, _SPA, header=f"content-type,{header}")
    assert answer.status_code == 200, answer.text
    assert header.lower() in answer.headers["Access-Control-Allow-Headers"].lower().split(", ")


async def test_foreign_pages_may_not(client: Client) -> None:
    for origin in ("https://evil.example", "null", "http://app.example.com"):
        assert (await _preflight(client, origin)).status_code == 400
        answer = await client.send(json={"query": _VIEWER}, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert (await _preflight(client, _SPA, method="DELETE")).status_code == 400
    assert (await _preflight(client, _SPA, header="x-other")).status_code == 400
