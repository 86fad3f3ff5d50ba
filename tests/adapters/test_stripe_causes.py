"""Each cause of a failed call has its own outcome, log line and figure, whatever answers at Stripe's address."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from adapters.stripe.causes import Cause
from adapters.stripe.gateway import Account, StripeUnavailableError
from adapters.stripe.key_format import KeyFault, KeyRefusedError
from tests.support.listening import listening
from tests.support.ports import own_port
from tests.support.secrecy import secret_key
from tests.support.servers import RunningServer
from tests.support.stripe_answers import Observed, answering, http_response, self_signed

pytestmark = pytest.mark.slow

KEY_CAUSES = {
    "rejected": (Cause.KEY_REJECTED, KeyFault.REJECTED),
    "expired": (Cause.KEY_EXPIRED, KeyFault.EXPIRED),
    "revoked": (Cause.ACCESS_REVOKED, KeyFault.ACCESS_REVOKED),
    "platformexpired": (Cause.ACCESS_REVOKED, KeyFault.ACCESS_REVOKED),
    "ipblocked": (Cause.IP_NOT_ALLOWED, KeyFault.IP_NOT_ALLOWED),
    "unauthorizedip": (Cause.IP_NOT_ALLOWED, KeyFault.IP_NOT_ALLOWED),
}
_ACCOUNT = Account("acct_1SandboxDrawbridge")
OTHER_CAUSES = {
    "forbidden": Cause.FORBIDDEN,
    "badrequest": Cause.REQUEST_REFUSED,
    "failedrequest": Cause.REQUEST_FAILED,
    "notfound": Cause.NOT_FOUND,
    "webpage": Cause.MALFORMED_RESPONSE,
    "ratelimited": Cause.RATE_LIMITED,
    "retryafter": Cause.RATE_LIMITED,
    "locked": Cause.RATE_LIMITED,
    "unavailable": Cause.STRIPE_FAILED,
}


@pytest.mark.parametrize("behaviour", KEY_CAUSES)
async def test_refusals_of_a_key_are_told_apart(
    server: RunningServer, caplog: pytest.LogCaptureFixture, behaviour: str
) -> None:
    cause, fault = KEY_CAUSES[behaviour]
    observed = Observed(f"{server.address}/sandbox", caplog)
    outcome = await observed.ask(secret_key(behaviour=behaviour))
    assert isinstance(outcome, KeyRefusedError)
    assert outcome.fault is fault
    observed.assert_reported(cause)


@pytest.mark.parametrize(
    ("behaviour", "account"),
    [("restricted", _ACCOUNT), ("permissiondenied", _ACCOUNT), ("morepermissions", None)],
)
@pytest.mark.parametrize("kind", ["sk_test_", "rk_test_"])
async def test_a_missing_permission_is_told_by_its_words_and_speaks_for_the_key(
    server: RunningServer, caplog: pytest.LogCaptureFixture, behaviour: str, account: Account | None, kind: str
) -> None:
    observed = Observed(f"{server.address}/sandbox", caplog)
    assert await observed.ask(secret_key(kind, behaviour)) == account
    observed.assert_reported(Cause.PERMISSION_MISSING)


@pytest.mark.parametrize("behaviour", OTHER_CAUSES)
@pytest.mark.parametrize("kind", ["sk_test_", "rk_test_"])
async def test_other_failures_say_nothing_of_the_key(
    server: RunningServer, caplog: pytest.LogCaptureFixture, behaviour: str, kind: str
) -> None:
    observed = Observed(f"{server.address}/sandbox", caplog)
    outcome = await observed.ask(secret_key(kind, behaviour))
    assert isinstance(outcome, StripeUnavailableError)
    assert outcome.cause is OTHER_CAUSES[behaviour]
    observed.assert_reported(outcome.cause)


async def _cause_at(base: str, caplog: pytest.LogCaptureFixture, seconds: float = 10) -> Cause:
    observed = Observed(base, caplog, seconds)
    outcome = await observed.ask()
    assert isinstance(outcome, StripeUnavailableError)
    observed.assert_reported(outcome.cause)
    return outcome.cause


async def test_nobody_listening(caplog: pytest.LogCaptureFixture) -> None:
    assert await _cause_at(f"http://127.0.0.1:{own_port()}", caplog) is Cause.UNREACHABLE


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"", Cause.CONNECTION_LOST),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{", Cause.CONNECTION_LOST),
        (http_response("401 Unauthorized", "<h1>Sign in to the network</h1>"), Cause.MALFORMED_RESPONSE),
        (http_response("403 Forbidden", "<h1>Blocked</h1>"), Cause.MALFORMED_RESPONSE),
        (http_response("403 Forbidden", '{"error": {}}'), Cause.MALFORMED_RESPONSE),
        (
            http_response("401 Unauthorized", '{"error": {"type": 1, "message": 2, "code": []}}'),
            Cause.MALFORMED_RESPONSE,
        ),
        (http_response("404 Not Found", "<h1>Nothing here</h1>"), Cause.NOT_FOUND),
        (http_response("407 Proxy Authentication Required", ""), Cause.PROXY_FAILED),
        (http_response("429 Too Many Requests", "<h1>Slow down</h1>"), Cause.RATE_LIMITED),
        (http_response("502 Bad Gateway", "<h1>Bad gateway</h1>"), Cause.STRIPE_FAILED),
        (http_response("500 Internal Server Error", '{"error": "oops"}'), Cause.STRIPE_FAILED),
        (http_response("200 OK", '{"object": "account", "id": "acct_\\u0000"}'), Cause.MALFORMED_RESPONSE),
        (http_response("200 OK", "[" * 200_000), Cause.MALFORMED_RESPONSE),
    ],
    ids=str,
)
async def test_what_is_not_stripe_s_does_not_disconnect_a_key(
    caplog: pytest.LogCaptureFixture, answer: bytes, cause: Cause
) -> None:
    async with answering(answer) as address:
        assert await _cause_at(address, caplog) is cause


async def test_no_answer_in_time(caplog: pytest.LogCaptureFixture) -> None:
    async def wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()  # until the client gives up

    async with listening(wait) as port:
        assert await _cause_at(f"http://127.0.0.1:{port}", caplog, seconds=0.3) is Cause.TIMED_OUT


async def test_a_certificate_that_is_not_trusted(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    async with answering(http_response("200 OK", "{}"), self_signed(tmp_path)) as address:
        assert await _cause_at(address, caplog) is Cause.TLS_FAILED


async def test_a_proxy_that_refuses(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with answering(http_response("407 Proxy Authentication Required", "")) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{urlsplit(address).netloc}")
        assert await _cause_at("https://stripe.example", caplog) is Cause.PROXY_FAILED
