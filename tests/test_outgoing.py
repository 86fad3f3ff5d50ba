"""Calls to other machines: certificate authorities and proxies of the operator's, and no proxy to this machine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from adapters.identity.provider import ASYMMETRIC
from adapters.identity.signing_keys import ProviderKeys, ProviderUnavailableError
from sandbox import create_sandbox
from tests.support.actions import kinds
from tests.support.client import Client
from tests.support.documents import CREATE_INTEGRATION
from tests.support.http_proxy import running_http_proxy
from tests.support.identity import new_key, public
from tests.support.oauth import connect, disconnect_at_stripe
from tests.support.organizations import new_tenant
from tests.support.secrecy import secret_key
from tests.support.servers import AS_OPERATOR, environment, run_program, running_server
from tests.support.tls import Authority, new_authority, running_tls

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sqlite")]

_ISSUER = "https://login.example.com"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that only SSL_CERT_FILE can make trusted."""
    return new_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stripe(authority: Authority) -> Iterator[int]:
    """The port of a stand-in for api.stripe.com that speaks TLS."""
    with running_tls(create_sandbox(5, [], []), authority.issue("api.stripe.com")) as port:
        yield port


@pytest.fixture(scope="module")
def local(authority: Authority) -> Iterator[int]:
    """The port of a stand-in at https://localhost."""
    with running_tls(create_sandbox(5, [], []), authority.issue("localhost")) as port:
        yield port


async def _create(client: Client, key: str) -> str:
    given = {"name": "Billing", "authentication": {"secretKey": key}}
    return str((await client.result(CREATE_INTEGRATION, input=given))["__typename"])


@pytest.mark.parametrize(
    ("trusted", "outcome"), [(True, "CreateIntegrationSuccess"), (False, "StripeUnavailableError")]
)
async def test_stripe_is_trusted_if_the_operators_authority_signed_for_it(
    tmp_path: Path, authority: Authority, local: int, trusted: bool, outcome: str
) -> None:
    variables = {"SSL_CERT_FILE": str(authority.file)} if trusted else {}
    base = f"https://localhost:{local}"
    with running_server(tmp_path, AS_OPERATOR, variables, STRIPE_API_BASE=base) as server:
        assert await _create((await new_tenant(server)).client, secret_key()) == outcome


async def test_a_proxy_tunnels_to_stripe_and_sees_no_key(tmp_path: Path, authority: Authority, stripe: int) -> None:
    key = secret_key()
    async with running_http_proxy(api_stripe_com=stripe) as proxy:
        variables = {"SSL_CERT_FILE": str(authority.file), "HTTPS_PROXY": proxy.url}
        with running_server(tmp_path, AS_OPERATOR, variables, STRIPE_API_BASE="https://api.stripe.com") as server:
            assert await _create((await new_tenant(server)).client, key) == "CreateIntegrationSuccess"
    assert proxy.asked == [b"CONNECT api.stripe.com:443 HTTP/1.1"]
    assert len(proxy.seen[0]) > 500, "the request went through"
    assert key.encode() not in proxy.seen[0]


@pytest.mark.parametrize("base", ["http://127.0.0.1:{}/sandbox", "http://localhost:{}/sandbox", None])
async def test_this_machine_is_called_past_every_proxy(tmp_path: Path, base: str | None) -> None:
    async with running_http_proxy() as proxy:
        variables = dict.fromkeys(_PROXIES, proxy.url)
        with running_server(tmp_path / "sandbox") as sandbox:
            elsewhere = {"STRIPE_API_BASE": base.format(sandbox.settings.serving.port)} if base else {}
            with running_server(tmp_path / "own", AS_OPERATOR, variables, **elsewhere) as server:
                client = (await new_tenant(server)).client
                assert await _create(client, secret_key()) == "CreateIntegrationSuccess"
                if base is None:
                    await connect(client)
                    assert (await disconnect_at_stripe(client, "acct_1SandboxDrawbridge")).status_code == 303
                    assert "CREDENTIAL_STATUS_CHANGED" in (await kinds(client))[-2:], "the sandbox's webhook arrived"
    assert proxy.seen == []


async def test_tls_on_this_machine_is_called_past_every_proxy(tmp_path: Path, authority: Authority, local: int) -> None:
    async with running_http_proxy(localhost=local) as proxy:
        variables = {**dict.fromkeys(_PROXIES, proxy.url), "SSL_CERT_FILE": str(authority.file)}
        with running_server(tmp_path, AS_OPERATOR, variables, STRIPE_API_BASE=f"https://localhost:{local}") as server:
            assert await _create((await new_tenant(server)).client, secret_key()) == "CreateIntegrationSuccess"
    assert proxy.seen == []


async def test_plain_http_never_goes_through_a_proxy(tmp_path: Path) -> None:
    async with running_http_proxy() as proxy:
        variables = dict.fromkeys(_PROXIES, proxy.url)
        given = {"STRIPE_API_BASE": "http://stripe.invalid", "STRIPE_TIMEOUT_SECONDS": "2"}
        with running_server(tmp_path, AS_OPERATOR, variables, **given) as server:
            assert await _create((await new_tenant(server)).client, secret_key()) == "StripeUnavailableError"
    assert proxy.seen == []


async def test_hosts_of_no_proxy_are_called_directly(tmp_path: Path, authority: Authority, stripe: int) -> None:
    async with running_http_proxy(api_stripe_com=stripe) as proxy:
        variables = {"SSL_CERT_FILE": str(authority.file), "HTTPS_PROXY": proxy.url, "NO_PROXY": "stripe.com"}
        given = {"STRIPE_API_BASE": "https://api.stripe.com", "STRIPE_TIMEOUT_SECONDS": "1"}
        with running_server(tmp_path, AS_OPERATOR, variables, **given) as server:
            assert await _create((await new_tenant(server)).client, secret_key()) == "StripeUnavailableError"
    assert proxy.seen == []


async def test_the_identity_provider_is_reached_the_same_way(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key("ES256")
    with running_tls(_provider(key), authority.issue("login.example.com")) as port:
        async with running_http_proxy(login_example_com=port) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            with pytest.raises(ProviderUnavailableError):
                await ProviderKeys(_ISSUER, None, ASYMMETRIC).find(key["kid"], key["alg"])
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
            assert await ProviderKeys(_ISSUER, None, ASYMMETRIC).find(key["kid"], key["alg"])
    assert set(proxy.asked) == {b"CONNECT login.example.com:443 HTTP/1.1"}


def _provider(key: dict[str, Any]) -> Starlette:
    """Serves discovery, and one key."""

    async def serve(request: Request) -> JSONResponse:
        keys = {"keys": [public(key)]}
        found = {"issuer": _ISSUER, "jwks_uri": f"{_ISSUER}/keys"}
        return JSONResponse(keys if request.url.path == "/keys" else found)

    return Starlette(routes=[Route("/{path:path}", serve)])


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SSL_CERT_FILE", "/no/such/hunter2", "SSL_CERT_FILE names no file."),
        ("SSL_CERT_FILE", "/dev/null", "SSL_CERT_FILE names no file."),
        ("SSL_CERT_FILE", __file__, "SSL_CERT_FILE must be a readable file with certificates in PEM format."),
        ("SSL_CERT_DIR", "/no/such/hunter2", "SSL_CERT_DIR names no folder."),
        ("HTTPS_PROXY", "https://me:hunter2@:port", "HTTPS_PROXY and ALL_PROXY must be URLs like"),
        ("ALL_PROXY", "socks5://me:hunter2@127.0.0.1:1", "HTTPS_PROXY and ALL_PROXY must be URLs like"),
        ("HTTPS_PROXY", "ftp://me:hunter2@127.0.0.1", "HTTPS_PROXY and ALL_PROXY must be URLs like"),
    ],
)
def test_an_unusable_variable_stops_the_start_with_a_sentence(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    done = run_program(*AS_OPERATOR, env=environment(tmp_path) | {name: value})
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), json.dumps(done.stderr)
    assert done.stderr.startswith(sentence)
    assert "hunter2" not in done.stderr
