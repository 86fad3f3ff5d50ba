"""Addresses to listen on: IPv4 and IPv6 clients reach the server, and an unusable address gets a clear error."""

import socket
from pathlib import Path

import httpx
import pytest

from tests.support.plain import PLAIN
from tests.support.production import running_in_production
from tests.support.servers import environment, run_program

pytestmark = pytest.mark.slow

_IPV4, _IPV6 = "127.0.0.1", "[::1]"


def _reached(host: str, port: int) -> bool:
    try:
        return httpx.get(f"http://{host}:{port}/readyz", verify=PLAIN).status_code == 200
    except httpx.ConnectError:
        return False


@pytest.mark.parametrize(
    ("host", "address", "reached"),
    [
        ("0.0.0.0", _IPV4, {_IPV4}),  # noqa: S104 - the test is about this address
        ("::", _IPV6, {_IPV4, _IPV6}),
        ("[::]", _IPV6, {_IPV4, _IPV6}),
        ("::1", _IPV6, {_IPV6}),
        ("[::1]", _IPV6, {_IPV6}),
        ("localhost", "localhost", {_IPV4}),
    ],
)
def test_a_server_is_reached_over_the_families_of_its_host(
    tmp_path: Path, host: str, address: str, reached: set[str]
) -> None:
    with running_in_production(tmp_path, HOST=host) as server:
        port = server.settings.serving.port
        assert server.address == f"http://{address}:{port}"
        assert f"GraphQL   {server.address}/graphql\n" in server.output.read_text()
        assert {each for each in (_IPV4, _IPV6) if _reached(each, port)} == reached


def test_a_proxy_that_reaches_an_ipv6_socket_over_ipv4_is_trusted(tmp_path: Path) -> None:
    given = {"HOST": "::", "TRUSTED_PROXIES": "127.0.0.0/8", "FAILED_AUTHENTICATIONS_PER_MINUTE": "1"}
    with running_in_production(tmp_path, **given) as server:
        clients = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.1"]
        statuses = [_authenticate(server.settings.serving.port, client) for client in clients]
    assert statuses == [401, 401, 401, 429]


def _authenticate(port: int, client: str) -> int:
    """The status of a request with an unknown token, forwarded by a proxy for a client."""
    headers = {"Authorization": "Bearer drawbridge_none", "X-Forwarded-For": client}
    url = f"http://{_IPV4}:{port}/graphql"
    return httpx.post(url, json={"query": "{ __typename }"}, headers=headers, verify=PLAIN).status_code


def test_a_port_in_use_stops_the_start_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server((_IPV4, 0)) as other:
        port = str(other.getsockname()[1])
        done = run_program("server.py", env=environment(tmp_path, PORT=port))
    assert done.returncode == 2
    sentence = f"Cannot listen on http://{_IPV4}:{port}: Address already in use."
    assert done.stderr == f"{sentence} Stop the other program, or set DRAWBRIDGE_PORT.\n"


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("192.0.2.1", "Cannot listen on http://192.0.2.1:0: Cannot assign requested address."),
        ("2001:db8::1", "Cannot listen on http://[2001:db8::1]:0: Cannot assign requested address."),
        ("no.such.host.invalid", "Cannot listen on http://no.such.host.invalid:0: "),
    ],
)
def test_a_host_of_another_machine_stops_the_start_with_a_sentence(tmp_path: Path, host: str, sentence: str) -> None:
    done = run_program("server.py", env=environment(tmp_path, ENV="production", HOST=host))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1
