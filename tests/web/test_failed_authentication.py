"""Failed authentications are limited per address; clients with a valid token are not affected."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import websockets

from resolvers.tokens.text import new_token
from tests.support.client import Client, Socket
from tests.support.nginx import running_nginx
from tests.support.organizations import new_tenant
from tests.support.servers import ROOT, RunningServer, running_server
from web.auth.failure_limit import FailureLimit, networks_of

_EXAMPLE = (ROOT / "deploy" / "drawbridge.env.example").read_text()
(_TRUSTED,) = re.findall(r"^DRAWBRIDGE_TRUSTED_PROXIES=(.+)$", _EXAMPLE, re.MULTILINE)
_VIEWER = "{ viewer { name } }"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that allows three failures a minute per address, and trusts proxies as the example in deploy/."""
    folder = tmp_path_factory.mktemp("strict")
    changes = {"FAILED_AUTHENTICATIONS_PER_MINUTE": "3", "TRUSTED_PROXIES": _TRUSTED}
    with running_server(folder, DATABASE_URL=f"sqlite:///{folder}/drawbridge.sqlite3", **changes) as running:
        yield running


@pytest.fixture
async def client(strict: RunningServer) -> Client:
    """A client with a valid token."""
    return (await new_tenant(strict)).client


async def _ask(client: Client, address: str, token: str | None = None) -> httpx.Response:
    asking = client if token is None else replace(client, token=token)
    return await asking.send(json={"query": _VIEWER}, headers={"X-Forwarded-For": address})


async def test_who_fails_too_often_is_told_when_to_come_again(client: Client) -> None:
    tokens = [new_token().reveal(), "nonsense", "a.b.c", new_token().reveal(), "nonsense"]
    answers = [await _ask(client, "192.0.2.1", token) for token in tokens]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert len({answer.content for answer in answers[:3]}) == 1
    (error,) = answers[3].json()["errors"]
    seconds = error["extensions"].pop("retryAfterSeconds")
    assert 0 < seconds <= 20
    assert answers[3].headers["Retry-After"] == str(seconds)
    assert error["extensions"] == {"code": "RATE_LIMITED"}


async def test_a_token_that_works_does_so_from_an_address_that_is_limited_and_others_are_not_concerned(
    client: Client, strict: RunningServer
) -> None:
    for _ in range(5):
        limited = await _ask(client, "192.0.2.2", "nonsense")
    assert limited.status_code == 429
    assert (await _ask(client, "192.0.2.2")).status_code == 200
    assert (await _ask(client, "192.0.2.3", "nonsense")).status_code == 401
    without = await Client(strict.address).send(json={"query": _VIEWER}, headers={"X-Forwarded-For": "192.0.2.2"})
    assert without.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert strict.log.read_text().count("Too many failed authentications from 192.0.2.2.") == 1


async def test_an_ipv6_network_counts_as_one_address(client: Client) -> None:
    network = ipaddress.IPv6Network("2001:db8:1:1::/64")
    codes = [(await _ask(client, str(network[number * 7**20]), "nonsense")).status_code for number in range(5)]
    assert codes == [401, 401, 401, 429, 429]
    assert (await _ask(client, "2001:db8:1:2::1", "nonsense")).status_code == 401


async def test_sockets_are_counted_too_and_told_not_to_come_again(client: Client) -> None:
    codes = [await _close_code(client, "192.0.2.4", "nonsense") for _ in range(4)]
    assert codes == [4403, 4403, 4403, 4429]
    assert (await _ask(client, "192.0.2.4", "nonsense")).status_code == 429
    assert await _close_code(client, "192.0.2.4", str(client.token)) is None


async def _close_code(client: Client, address: str, token: str) -> int | None:
    """The close code of a socket with this first message; None if it stays open."""
    url = client.address.replace("http", "ws", 1) + "/graphql"
    protocol = websockets.Subprotocol("graphql-transport-ws")
    forwarded = {"X-Forwarded-For": address}
    async with websockets.connect(url, subprotocols=[protocol], additional_headers=forwarded) as connection:
        init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}
        await Socket(connection).send(init)
        try:
            await connection.recv()
        except websockets.ConnectionClosed:
            return connection.close_code
        return None


async def test_without_a_trusted_proxy_nobody_chooses_their_address(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/drawbridge.sqlite3"
    with running_server(tmp_path, DATABASE_URL=database, FAILED_AUTHENTICATIONS_PER_MINUTE="2") as server:
        client = Client(server.address)
        codes = [(await _ask(client, f"192.0.2.{number}", "nonsense")).status_code for number in range(4)]
    assert codes == [401, 401, 429, 429]


async def test_of_several_addresses_the_last_one_that_no_trusted_proxy_has_counts(client: Client) -> None:
    codes = [
        (await _ask(client, f"203.0.113.{number}, 192.0.2.5, 127.0.0.1", "nonsense")).status_code for number in range(4)
    ]
    assert codes == [401, 401, 401, 429]


async def test_behind_the_nginx_of_deploy_nobody_chooses_their_address(
    client: Client, strict: RunningServer, tmp_path: Path
) -> None:
    with running_nginx(tmp_path, [strict.address]) as proxy:
        through = replace(client, address=proxy.address)
        codes = [(await _ask(through, f"198.51.100.{number}", "nonsense")).status_code for number in range(4)]
        assert (await _ask(client, "198.51.100.1", "nonsense")).status_code == 401
    assert codes == [401, 401, 401, 429]
    assert "Too many failed authentications from 127.0.0.1." in strict.log.read_text()


@pytest.mark.parametrize(
    ("host", "address", "site"),
    [
        ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("::ffff:0:192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("64:ff9b::192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("64:ff9b::c000:201", "192.0.2.1", "192.0.2.1"),
        ("64:ff9b:1:7::192.0.2.1", "64:ff9b:1:7::c000:201", "64:ff9b:1:7::c000:201"),
        ("2002:c000:201:5::1", "192.0.2.1", "192.0.2.1"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdfe", "192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64", "2001:db8::/48"),
        ("2001:db8:0:ffff::1", "2001:db8:0:ffff::/64", "2001:db8::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("unix:", "unknown", "unknown"),
        ("x" * 5000, "unknown", "unknown"),
    ],
    ids=range(13),
)
def test_the_networks_that_count(host: str, address: str, site: str) -> None:
    assert networks_of(host) == (address, site)


def test_a_site_with_any_number_of_networks_is_allowed_what_four_subscribers_are() -> None:
    limit = FailureLimit(5, clock=lambda: 5000.0)
    allowed = [limit.acquire(f"2001:db8:7:{number:x}::1") == 0 for number in range(0x10000)]
    assert sum(allowed) == 20
    assert limit.acquire("2001:db8:8::1") == 0, "another site"


def test_a_subscriber_who_is_limited_does_not_use_up_what_its_site_is_allowed() -> None:
    limit = FailureLimit(5, clock=lambda: 5000.0)
    waits = [limit.acquire("2001:db8:7::1") for _ in range(100)]
    assert waits == [0.0] * 5 + [pytest.approx(12)] * 95
    assert limit.acquire("2001:db8:7:1::1") == 0


@pytest.mark.parametrize("prefix", ["64:ff9b::", "::ffff:", "64:ff9b:1::"])
def test_clients_behind_a_translator_are_counted_one_by_one(prefix: str) -> None:
    limit = FailureLimit(2, clock=lambda: 5000.0)
    for number in range(100):
        assert [limit.acquire(f"{prefix}192.0.2.{number}") == 0 for _ in range(3)] == [True, True, False]
