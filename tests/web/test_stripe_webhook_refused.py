"""Webhooks that are refused or change nothing: each leaves a line and a figure, and none is a failure of the server."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.stripe.webhooks import MAX_BYTES
from sandbox.webhooks import sign
from tests.support.client import Client
from tests.support.documents import CREDENTIALS
from tests.support.oauth import connect
from tests.support.plain import plain_client
from tests.support.servers import AS_RUN, RunningServer, running_server
from tests.support.waiting import until
from tests.test_stripe_platforms import LIVE
from tests.web.raw_requests import statuses
from tests.web.test_stripe_webhook import ACCOUNT, DEAUTHORIZED, SECRET, deauthorized, deliver, outcome_count

_OLD = int(time.time()) - 3600
_SIGNATURES = {
    "none": ("", "unsigned"),
    "nonsense": ("nonsense", "unsigned"),
    "letters": ("t=1,v1=é", "unsigned"),
    "of another scheme": ("t=1,v0=0", "unsigned"),
    "without a time": ("v1=0", "unsigned"),
    "a time that is none": ("t=²,v1=0", "unsigned"),
    "a time of many digits": (f"t={'9' * 5000},v1=0", "bad_signature"),
    "of the other mode": (sign(deauthorized(), "whsec_SandboxLive"), "bad_signature"),
    "of a wrong secret": (sign(deauthorized(), "whsec_Wrong"), "bad_signature"),
    "of another payload": (sign("another payload", SECRET), "bad_signature"),
}
_MALFORMED = {
    "nothing": "",
    "a list": "[]",
    "null": "null",
    "a word": '"x"',
    "no JSON": "x",
    "deep": "[" * 200_000,
    "an event without a type": '{"object": "event"}',
    "a type that is none": '{"object": "event", "type": 7}',
    "a thin event without a type": '{"object": "v2.core.event"}',
    "another object": '{"object": "account", "type": "x"}',
    "an object that is none": '{"object": ["event"], "type": "x"}',
    "without an account": json.dumps({"object": "event", "type": DEAUTHORIZED, "livemode": False}),
    "an account that is none": deauthorized(account=["acct_1"]),
    "an empty account": deauthorized(account=""),
    "an account with NUL": deauthorized(account="acct_\0"),
    "an account with a lone surrogate": deauthorized(account="acct_\ud800"),
    "a long account": deauthorized(account="acct_" + "x" * 100_000),
    "an endless time": deauthorized(created=float("inf")),
    "a time that is no number": deauthorized(created=float("nan")),
    "a time that is a word": deauthorized(created="yesterday"),
    "a time that is a list": deauthorized(created=[1]),
    "a number of many digits": '{"object": "event", "type": "x", "created": ' + "9" * 10_000 + "}",
}
_THIN = {"object": "v2.core.event", "id": "evt_1", "type": "v1.account.application.deauthorized"}


class _Outcome:
    """The refusals of a server, from now on."""

    def __init__(self, server: RunningServer) -> None:
        self._server = server
        self._begin = server.log.stat().st_size

    async def assert_told(self, outcome: str, before: float, mode: str = "test") -> None:
        """A line and a figure name the outcome; the line has no signature and no payload."""
        await until(lambda: f" outcome={outcome} mode={mode}" in self._text())
        assert await outcome_count(self._server, outcome, mode) == before + 1
        text = self._text()
        assert "v1=" not in text
        assert ACCOUNT not in text

    def _text(self) -> str:
        return self._server.log.read_bytes()[self._begin :].decode()


async def _listed(client: Client) -> dict[str, Any]:
    return await client.result(CREDENTIALS)


@pytest.mark.parametrize("case", _SIGNATURES)
async def test_a_bad_signature_gets_400_learns_nothing_and_leaves_a_trace(
    client: Client, server: RunningServer, case: str
) -> None:
    signature, outcome = _SIGNATURES[case]
    await connect(client)
    listed, told, before = await _listed(client), _Outcome(server), await outcome_count(server, outcome)
    headers = httpx.Headers({"Stripe-Signature": signature}, encoding="latin-1" if signature.isascii() else "utf-8")
    async with plain_client() as http:
        url = f"{client.address}/stripe/webhook/test"
        response = await http.post(url, content=deauthorized(), headers=headers)
    assert (response.status_code, response.content) == (400, b"")
    await told.assert_told(outcome, before)
    assert await _listed(client) == listed


async def test_an_old_signature_is_told_apart_because_a_clock_may_be_wrong(
    client: Client, server: RunningServer
) -> None:
    told, before, payload = _Outcome(server), await outcome_count(server, "stale"), deauthorized()
    assert (await deliver(client, payload, sign(payload, SECRET, at=_OLD))).status_code == 400
    await told.assert_told("stale", before)


@pytest.mark.parametrize("case", _MALFORMED)
async def test_a_signed_message_that_is_no_event_gets_400(client: Client, server: RunningServer, case: str) -> None:
    told, before = _Outcome(server), await outcome_count(server, "malformed")
    assert (await deliver(client, _MALFORMED[case])).status_code == 400
    await told.assert_told("malformed", before)


async def test_bytes_that_are_no_text_get_400(client: Client) -> None:
    async with plain_client() as http:
        url, headers = f"{client.address}/stripe/webhook/test", {"Stripe-Signature": "t=1,v1=0"}
        assert (await http.post(url, content=b"\xff\xfe", headers=headers)).status_code == 400


async def test_a_thin_event_is_acknowledged_and_the_operator_is_told(client: Client, server: RunningServer) -> None:
    await connect(client)
    listed, told, before = await _listed(client), _Outcome(server), await outcome_count(server, "thin")
    assert (await deliver(client, json.dumps(_THIN))).status_code == 200
    await told.assert_told("thin", before)
    assert await _listed(client) == listed


async def test_a_message_larger_than_any_of_stripes_is_refused(client: Client, server: RunningServer) -> None:
    told, before = _Outcome(server), await outcome_count(server, "too_long")
    assert (await deliver(client, deauthorized(more="x" * 300_000))).status_code == 400
    await told.assert_told("too_long", before)


@pytest.mark.usefixtures("client")
async def test_a_message_is_not_read_beyond_the_limit(server: RunningServer) -> None:
    told, before = _Outcome(server), await outcome_count(server, "too_long")
    head = b"POST /stripe/webhook/test HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    without_end = head + b"%x\r\n%b\r\n" % (MAX_BYTES + 1, b"x" * (MAX_BYTES + 1))
    assert (await statuses(server.settings.serving.port, without_end))[0] == ["400"]
    await told.assert_told("too_long", before)


@pytest.mark.parametrize(("event", "status"), [("late", 200), ("thin", 200), ("forged", 400)])
async def test_the_sandbox_sends_such_webhooks(client: Client, event: str, status: int) -> None:
    credential = await connect(client)
    async with plain_client() as http:
        form = {"client_id": "ca_SandboxTest", "account": ACCOUNT, "event": event}
        response = await http.post(f"{client.address}/sandbox/accounts/send", data=form)
    assert f"<p>The platform answered the webhook with status {status}.</p>" in response.text
    assert credential in (await _listed(client))["nodes"]


@pytest.mark.slow
@pytest.mark.usefixtures("sqlite")
async def test_a_mode_that_is_not_set_up_is_told(tmp_path: Path) -> None:
    given = {name.removeprefix("DRAWBRIDGE_"): value for name, value in LIVE.items()}
    with running_server(tmp_path, STRIPE_API_BASE="https://api.stripe.com", **{**AS_RUN, **given}) as server:
        client, told = Client(server.address), _Outcome(server)
        assert (await deliver(client, deauthorized())).status_code == 400
        await told.assert_told("not_configured", 0)
        payload = deauthorized(type="charge.succeeded")
        signature = sign(payload, given["STRIPE_LIVE_WEBHOOK_SECRET"])
        assert (await deliver(client, payload, signature, mode="live")).status_code == 200
        assert (await deliver(client, payload, sign(payload, SECRET), mode="live")).status_code == 400
        await told.assert_told("bad_signature", 0, "live")
