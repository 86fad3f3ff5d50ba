"""Webhooks go to the addresses that were checked, with TLS that is verified by the host's name."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from adapters.webhooks.resolver import LOOKUPS_FOR, ResolverBusyError
from adapters.webhooks.sender import SentWebhook
from tests.support.receivers import Receiver, running_receiver
from tests.support.tls import Authority, new_authority
from tests.support.webhook_sending import send_webhook


def _resolving(*answers: Sequence[str]) -> tuple[list[str], object]:
    asked: list[str] = []
    following = iter(answers)

    async def resolve(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return next(following)

    return asked, resolve


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::ffff:169.254.169.254"]])
async def test_a_host_with_a_refused_address_gets_no_connection(addresses: list[str]) -> None:
    _, resolve = _resolving(addresses)
    async with running_receiver() as receiver:
        sent = await send_webhook(f"https://receiver.example:{receiver.port}/", resolve=resolve, production=True)
    assert sent == SentWebhook(None, "The host's address is not on the public internet.", sent.duration)
    assert receiver.connections == 0


async def test_a_name_that_does_not_resolve_is_a_problem() -> None:
    assert (await send_webhook("https://receiver.invalid/")).problem == "The host's name does not resolve."


async def test_too_many_lookups_are_this_servers_problem() -> None:
    asked_for = []

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        asked_for.append(LOOKUPS_FOR.get())
        raise ResolverBusyError

    sent = await send_webhook("https://receiver.example/", resolve=resolve)
    problem = "This server has too many names to look up, and has not called the receiver."
    assert sent == SentWebhook(None, problem, sent.duration, retry_after=timedelta())
    assert asked_for == ["organization"]


async def test_the_next_address_is_tried_if_one_does_not_respond() -> None:
    _, resolve = _resolving(["127.0.0.3", "127.0.0.1"])
    async with running_receiver() as receiver:
        assert (await send_webhook(receiver.url(), resolve=resolve)).problem is None


@contextmanager
def _not_responding(address: str, port: int) -> Iterator[None]:
    """Makes an address ignore connections: those that nobody accepts fill its queue, and Linux then drops others."""
    with socket.socket() as listener, ExitStack() as waiting:
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(2):
            client = waiting.enter_context(socket.socket())
            client.settimeout(0)
            client.connect_ex((address, port))
        yield


@pytest.mark.slow
async def test_addresses_that_do_not_respond_leave_time_for_the_last_one() -> None:
    dead = ["127.0.0.3", "127.0.0.4", "127.0.0.5"]
    _, resolve = _resolving([*dead, "127.0.0.1"])
    async with running_receiver() as receiver:
        with ExitStack() as stack:
            for address in dead:
                stack.enter_context(_not_responding(address, receiver.port))
            sent = await send_webhook(receiver.url(), resolve=resolve, timeout=8)
    assert sent.problem is None
    assert sent.duration >= timedelta(seconds=3)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that only SSL_CERT_FILE can make trusted."""
    return new_authority(tmp_path_factory.mktemp("authority"))


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@asynccontextmanager
async def _tls_receiver(authority: Authority) -> AsyncIterator[Receiver]:
    async with running_receiver(tls=_tls(authority.issue("receiver.example"))) as receiver:
        yield receiver


@pytest.mark.parametrize(
    ("trusted", "host", "problem"),
    [
        (True, "receiver.example", None),
        (True, "other.example", "The TLS certificate was refused: Hostname mismatch, certificate is not valid for"),
        (False, "receiver.example", "The TLS certificate was refused: unable to get local issuer certificate."),
    ],
)
async def test_the_certificate_is_verified_by_the_hosts_name(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, trusted: bool, host: str, problem: str | None
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    _, resolve = _resolving(["127.0.0.1"])
    allowed = (ip_network("127.0.0.0/8"),)
    async with _tls_receiver(authority) as receiver:
        sent = await send_webhook(receiver.url(host=host), resolve=resolve, allowed=allowed, production=True)
    assert (sent.problem is None) == (problem is None), sent.problem
    assert (sent.problem or "").startswith(problem or "")
    assert len(receiver.received) == (problem is None)


async def test_a_name_that_resolves_differently_the_second_time_is_resolved_once(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    asked, resolve = _resolving(["127.0.0.2"], ["127.0.0.1"])
    async with running_receiver(tls=_tls(authority.issue("receiver.example")), host="127.0.0.2") as receiver:
        url, allowed = receiver.url(host="receiver.example"), (ip_network("127.0.0.2"),)
        assert (await send_webhook(url, resolve=resolve, allowed=allowed, production=True)).problem is None
    assert asked == ["receiver.example"]


async def test_plain_http_behind_https_is_a_problem() -> None:
    async with running_receiver(tls=None) as receiver:
        url = receiver.url().replace("http", "https")
        # It waits for the end of a request: the connection must be closed nevertheless, as unclosed ones are warnings.
        assert (await send_webhook(url, timeout=0.5)).problem == "The response did not begin within 0.5 seconds."


async def test_a_name_server_that_does_not_respond_ends_with_the_time_out() -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    sent = await send_webhook("https://receiver.example/", resolve=resolve, timeout=0.5)
    assert sent.problem == "The response did not begin within 0.5 seconds."
