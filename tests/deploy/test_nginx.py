"""deploy/nginx.conf with a real nginx in front of real servers."""

import asyncio
import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.actions import add_integration
from tests.support.client import Client
from tests.support.documents import EVENT_CURSOR, FOLLOW, INTEGRATIONS
from tests.support.nginx import CONFIGURATION, Proxy, running_nginx
from tests.support.organizations import new_tenant
from tests.support.plain import PLAIN, plain_client
from tests.support.ports import own_port
from tests.support.postgres import running_postgres
from tests.support.servers import RunningServer, running_server
from tests.support.streams import streaming
from tests.support.waiting import PATIENCE
from tests.web.raw_requests import AMBIGUOUS, LAST, UPGRADES, statuses

_VIEWER = "{ viewer { name } }"
_PRIVATE = "NobodyMayReadThis"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RunningServer]]:
    """Two servers with one PostgreSQL database."""
    folder = tmp_path_factory.mktemp("behind")
    with ExitStack() as stack:
        url = stack.enter_context(running_postgres()).url("drawbridge_nginx")
        yield [stack.enter_context(running_server(folder, DATABASE_URL=url)) for _ in range(2)]


@pytest.fixture(scope="module")
def proxy(servers: list[RunningServer], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """One nginx in front of them."""
    with running_nginx(tmp_path_factory.mktemp("nginx"), [server.address for server in servers]) as running:
        yield running


@pytest.fixture
async def through(proxy: Proxy, servers: list[RunningServer]) -> Client:
    """A client with its own organization, which connects to the proxy."""
    return replace((await new_tenant(servers[0])).client, address=proxy.address)


async def test_a_query_sees_what_a_mutation_did_whichever_server_answers(through: Client, proxy: Proxy) -> None:
    integration = await add_integration(through)
    for _ in range(4):
        assert (await through.result(INTEGRATIONS))["nodes"] == [integration]
    assert len(set(re.findall(r"s (127\.0\.0\.1:\d+) 200", proxy.logged()))) == 2


async def test_a_subscription_gets_the_events_of_mutations_through_either_server(through: Client) -> None:
    async with through.socket() as socket:
        await socket.subscribe(FOLLOW, after=(await through.execute(EVENT_CURSOR))["eventCursor"])
        for number in range(2):
            await add_integration(through, f"Number {number}")
        kinds = [(await socket.next())["events"]["kind"] for _ in range(4)]
        assert kinds == ["CREDENTIAL_CREATED", "INTEGRATION_CREATED"] * 2


async def test_an_event_stream_is_passed_on_at_once(through: Client) -> None:
    async with streaming(through, FOLLOW) as stream:
        await stream.began()
        await add_integration(through)
        assert (await stream.event()).data["data"]["events"]["kind"] == "CREDENTIAL_CREATED"


async def test_a_body_of_more_than_a_megabyte_gets_no_further(through: Client) -> None:
    assert (await through.send(content=b" " * 1_100_000)).status_code == 413


async def test_neither_log_holds_what_is_asked(through: Client, servers: list[RunningServer], tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{own_port()}"
    with (
        running_nginx(tmp_path / "1", [servers[0].address]) as whole,
        running_nginx(tmp_path / "2", [nobody]) as broken,
    ):
        await replace(through, address=whole.address).result(_VIEWER)
        for address in (whole.address, broken.address):
            await _ask_for_private(address)
    logged = whole.logged() + broken.logged()  # after they have ended, because they respond before they log
    assert '"GET /stripe/callback" 502' in logged
    assert not [private for private in (_PRIVATE, str(through.token)) if private in logged]


async def _ask_for_private(address: str) -> None:
    """Sends a secret in each place of a request that a log could contain."""
    async with plain_client(headers={"Referer": f"http://127.0.0.1/?code={_PRIVATE}"}) as http:
        for path in ("/graphql?query=", "/stripe/callback?code="):
            await http.get(f"{address}{path}{_PRIVATE}")


async def test_while_a_server_is_away_the_other_one_does_everything(
    through: Client, servers: list[RunningServer], tmp_path: Path
) -> None:
    gone = f"http://127.0.0.1:{own_port()}"
    with running_nginx(tmp_path, [gone, servers[1].address]) as half:
        client = replace(through, address=half.address)
        for number in range(4):
            await add_integration(client, f"Number {number}")
        async with client.socket() as socket:
            await socket.subscribe(_VIEWER)
            assert await socket.next()


# nginx makes HTTP/1.1 of HTTP/1.0, which then begins a WebSocket.
_ATTACKS = [raw for name, (raw, _) in UPGRADES.items() if name != "HTTP/1.0"] + [*AMBIGUOUS.values()]


async def test_attackers_take_no_server_away_from_others(through: Client, proxy: Proxy) -> None:
    """No attack ends in a failure that nginx would count, and others are answered meanwhile."""
    port = urlsplit(proxy.address).port or 0
    attacks = asyncio.create_task(_attack(port))
    answered = 0
    while not attacks.done() or answered < 50:
        assert await through.execute(_VIEWER)
        answered += 1
    told = await attacks
    assert told
    assert not set(told) & {"500", "502", "504"}, told


async def _attack(port: int) -> list[str]:
    found = [await statuses(port, raw + LAST) for raw in _ATTACKS]
    return [status for told, _ in found for status in told]


async def test_a_server_that_fails_is_not_taken_away_from_others(servers: list[RunningServer], tmp_path: Path) -> None:
    with _breaking_server() as broken:
        addresses = [f"http://127.0.0.1:{broken.server_address[1]}", servers[0].address]
        with running_nginx(tmp_path, addresses) as proxy:
            async with plain_client() as http:
                for _ in range(20):
                    await http.post(f"{proxy.address}/graphql", content=b"{}")
            assert len(broken.requests) > 5, "the server that failed is tried again at once"


class _Breaking(socketserver.BaseRequestHandler):
    """Reads a request, and disconnects without a response."""

    def handle(self) -> None:
        """Records the request."""
        assert isinstance(self.server, _BreakingServer)
        self.server.requests.append(self.request.recv(65536))


class _BreakingServer(socketserver.ThreadingTCPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Breaking)
        self.requests: list[bytes] = []


@contextmanager
def _breaking_server() -> Iterator[_BreakingServer]:
    with _BreakingServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1)])
def test_what_may_have_been_done_is_not_sent_to_another_server(tmp_path: Path, method: str, times: int) -> None:
    with _breaking_server() as one, _breaking_server() as other:
        addresses = [f"http://127.0.0.1:{server.server_address[1]}" for server in (one, other)]
        with running_nginx(tmp_path, addresses) as proxy:
            answer = httpx.request(
                method, f"{proxy.address}/graphql", headers={"Host": "api.example.com"}, verify=PLAIN
            )
    received = one.requests + other.requests
    assert (answer.status_code, len(received)) == (502, times)
    headers = received[0].decode().lower()
    for header in ("host: api.example.com", "x-forwarded-for: 127.0.0.1", "x-forwarded-proto: http"):
        assert f"\r\n{header}\r\n" in headers


def test_it_answers_by_tls_with_the_lines_that_are_commented_out(servers: list[RunningServer], tmp_path: Path) -> None:
    _make_certificate(tmp_path)
    configuration = re.sub(r"listen 80;", "", CONFIGURATION).replace("#tls ", "")
    configuration = configuration.replace("/etc/nginx/drawbridge", f"{tmp_path}/drawbridge")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "drawbridge.crt"))
    with running_nginx(tmp_path, [servers[0].address], configuration) as proxy:
        address = proxy.address.replace("http://127.0.0.1", "https://localhost")
        assert httpx.get(f"{address}/readyz", verify=trusting, timeout=PATIENCE).json() == {"status": "ready"}


def _make_certificate(folder: Path) -> None:
    """Creates a self-signed certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    now = datetime.now(UTC)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    (folder / "drawbridge.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    encoded = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "drawbridge.key").write_bytes(key.private_bytes(*encoded))


def test_a_socket_is_pinged_often_enough_to_stay_open() -> None:
    between_pings = uvicorn.Config("no application", log_config=None).ws_ping_interval
    assert between_pings
    for timeout in ("proxy_read_timeout", "proxy_send_timeout"):
        (seconds,) = re.findall(rf"{timeout} (\d+)s;", CONFIGURATION)
        assert int(seconds) > 2 * between_pings
