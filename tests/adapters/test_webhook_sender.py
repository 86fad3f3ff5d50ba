"""Webhooks reach real receivers, and each way in which a receiver fails is a sentence."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.support.http_proxy import running_http_proxy
from tests.support.ports import own_port
from tests.support.receivers import Behaviour, endless, hanging, responding, running_receiver, writing
from tests.support.webhook_sending import OLD_SECRET, SECRET, send_webhook, webhook_sender

_OK = b"HTTP/1.1 200 OK\r\n"


async def test_a_receiver_verifies_with_either_secret_and_reads_what_was_sent() -> None:
    async with running_receiver() as receiver:
        sent = await send_webhook(receiver.url("/hooks?tenant=1"))
    (received,) = receiver.received
    assert (sent.status, sent.problem) == (204, None)
    assert received.target == "/hooks?tenant=1"
    for secret in (SECRET, OLD_SECRET):
        assert received.verified_by(secret) == {"type": "credential.status_changed"}
    assert received.headers["content-type"] == "application/json"
    assert "accept-encoding" not in received.headers


@pytest.mark.parametrize(
    ("target", "requested"),
    [
        ("/hook;token=abc?x=1", "/hook;token=abc?x=1"),
        ("/a;b/c;d=1;e", "/a;b/c;d=1;e"),
        ("/%2e%2E/a%20b?x=%00&x", "/%2e%2E/a%20b?x=%00&x"),
        ("//two?a?b", "//two?a?b"),
        ("?x=1", "/?x=1"),
        ("", "/"),
    ],
)
async def test_the_path_and_the_query_are_requested_as_they_are(target: str, requested: str) -> None:
    async with running_receiver() as receiver:
        assert (await send_webhook(receiver.url(target))).problem is None
    assert [each.target for each in receiver.received] == [requested]


@pytest.mark.parametrize(("bound", "host"), [("::1", "[::1]"), ("127.0.0.1", "LOCALHOST"), ("127.0.0.1", "127.0.0.1")])
async def test_the_host_header_names_the_urls_host_and_port(bound: str, host: str) -> None:
    async with running_receiver(host=bound) as receiver:
        assert (await send_webhook(receiver.url(host=host))).problem is None
    assert [each.headers["host"] for each in receiver.received] == [f"{host.lower()}:{receiver.port}"]


async def test_requests_share_a_connection() -> None:
    async with running_receiver() as receiver, webhook_sender() as sender:
        for _ in range(3):
            assert (await sender.send(receiver.url(), {}, b"{}", "organization")).problem is None
    assert receiver.connections == 1


_FAILURES: list[tuple[str, Behaviour, str]] = [
    ("an error", responding("500 Internal Server Error"), "The response was 500 Internal Server Error."),
    ("an unknown status", responding("799 Odd"), "The response was 799."),
    ("gone", responding("410 Gone"), "The response was 410 Gone."),
    (
        "a redirect",
        responding("302 Found", "Location: https://example.com/"),
        "The response was a redirect (302 Found), which is not followed.",
    ),
    ("nothing", writing(), "The connection closed without a valid HTTP response."),
    ("no HTTP", writing(b"SSH-2.0-OpenSSH_9.6\r\n"), "The connection closed without a valid HTTP response."),
    (
        "a longer length than it sends",
        writing(_OK + b"Content-Length: 900\r\n\r\n{"),
        "The connection closed before the response was complete.",
    ),
    (
        "a broken chunk",
        writing(_OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        "The connection closed before the response was complete.",
    ),
    (
        "2 GB",
        endless(_OK + b"Content-Length: 2147483648\r\n\r\n", bytes(65_536)),
        "The response was longer than 64 KiB.",
    ),
    ("an endless head", endless(_OK, b"X-More: 1\r\n" * 1000), "The connection closed without a valid HTTP response."),
]


@pytest.mark.parametrize(
    ("behaviour", "problem"), [each[1:] for each in _FAILURES], ids=[each[0] for each in _FAILURES]
)
async def test_a_bad_response_is_a_problem(behaviour: Behaviour, problem: str) -> None:
    async with running_receiver(behaviour) as receiver:
        assert (await send_webhook(receiver.url())).problem == problem
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        pytest.param(hanging, "The response did not begin within 0.5 seconds.", id="hanging"),
        pytest.param(
            endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n", pause=0.01),
            "The response did not begin within 0.5 seconds.",
            id="for ever at work",
        ),
        pytest.param(
            endless(_OK + b"Content-Length: 9000\r\n\r\n", b"x", pause=0.05),
            "The response did not end within 0.5 seconds.",
            id="drop by drop",
        ),
        pytest.param(
            writing(_OK + b"Content-Length: 2\r\n\r\n{", then_close=False),
            "The response did not end within 0.5 seconds.",
            id="a byte short",
        ),
    ],
)
async def test_the_time_out_covers_the_whole_response(behaviour: Behaviour, problem: str) -> None:
    async with running_receiver(behaviour) as receiver:
        sent = await send_webhook(receiver.url(), timeout=0.5)
    assert sent.problem == problem
    assert sent.duration >= timedelta(seconds=0.5)


@pytest.mark.parametrize("rest", [b"Content-Length: 9\r\n\r\n{", b"Content-Length: 65537\r\n\r\n" + bytes(65_537)])
async def test_an_incomplete_response_neither_ends_nor_postpones_deliveries(rest: bytes) -> None:
    for status in (b"410 Gone", b"429 Too Many Requests"):
        head = b"HTTP/1.1 " + status + b"\r\nRetry-After: 120\r\n"
        async with running_receiver(writing(head + rest)) as receiver:
            sent = await send_webhook(receiver.url())
        assert (sent.status, sent.gone, sent.retry_after) == (int(status[:3]), False, None)


async def test_a_complete_410_ends_deliveries() -> None:
    async with running_receiver(responding("410 Gone")) as receiver:
        assert (await send_webhook(receiver.url())).gone


async def test_a_response_of_64_kib_is_a_success() -> None:
    async with running_receiver(responding("200 OK", body=bytes(65_536))) as receiver:
        assert (await send_webhook(receiver.url())).problem is None


async def test_nobody_listening_is_a_problem() -> None:
    assert (await send_webhook(f"http://127.0.0.1:{own_port()}/")).problem == "The connection was refused."


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        ("429 Too Many Requests", "Retry-After: 120", 120),
        ("503 Service Unavailable", "Retry-After: 99999999999999999999", 3600),
        ("503 Service Unavailable", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("503 Service Unavailable", "Retry-After: soon", None),
        ("503 Service Unavailable", "Retry-After: Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("503 Service Unavailable", "Retry-After: Mon, 01 Jan 2030 99999999999999999999:00:00 GMT", None),
        ("503 Service Unavailable", "Retry-After: Mon, 01 Jan 2030 00:00:00 +99999999999999999999", None),
        ("503 Service Unavailable", "X-Other: 1", None),
        ("500 Internal Server Error", "Retry-After: 120", None),
    ],
)
async def test_retry_after_is_read(status: str, header: str, seconds: int | None) -> None:
    async with running_receiver(responding(status, header)) as receiver:
        sent = await send_webhook(receiver.url())
    assert sent.retry_after == (None if seconds is None else timedelta(seconds=seconds))


async def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    async with running_receiver(responding("429 Too Many Requests", f"Retry-After: {date}")) as receiver:
        sent = await send_webhook(receiver.url())
    assert sent.retry_after is not None
    assert timedelta(minutes=8) < sent.retry_after <= timedelta(minutes=10)


async def test_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_http_proxy() as proxy, running_receiver() as receiver:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert (await send_webhook(receiver.url())).problem is None
    assert proxy.seen == []


async def test_many_requests_at_once_each_get_their_response() -> None:
    async with running_receiver(responding(seconds=0.05)) as receiver, webhook_sender() as sender:
        sent = await asyncio.gather(
            *(sender.send(receiver.url(f"/{n}"), {}, b"{}", "organization") for n in range(150))
        )
    assert {each.problem for each in sent} == {None}
    assert {each.target for each in receiver.received} == {f"/{n}" for n in range(150)}
