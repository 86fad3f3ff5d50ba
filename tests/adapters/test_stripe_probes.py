"""Probes tell which permissions a restricted key has, in whatever words Stripe refuses, and take little time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from adapters.stripe.gateway import Account, StripeGateway
from adapters.stripe.permissions import PERMISSIONS
from adapters.stripe.probes import probe_permissions
from kit.secret import Secret
from tests.support.listening import listening
from tests.support.ports import own_port
from tests.support.secrecy import leaks, secret_key
from tests.support.servers import RunningServer
from tests.support.stripe import restrict_at_stripe
from tests.support.stripe_answers import answering, http_response

_KNOWN = ["older", "newer"]
_BEGINNING = (
    "The provided key 'rk_test_***' does not have the required permissions for this endpoint on account 'acct_1'."
)
_ACCOUNT = Account("acct_1SandboxDrawbridge")


@asynccontextmanager
async def _gateway(base: str) -> AsyncIterator[StripeGateway]:
    gateway = StripeGateway(base=base, timeout=10)
    yield gateway
    await gateway.close()


async def _probe(base: str, *names: str, key: str | None = None) -> Mapping[str, bool | None]:
    async with _gateway(base) as gateway:
        return await probe_permissions(gateway, Secret(key or secret_key("rk_test_")), names)


@pytest.mark.parametrize("wording", _KNOWN)
async def test_both_wordings_name_what_is_missing(server: RunningServer, wording: str) -> None:
    key = secret_key("rk_test_")
    await restrict_at_stripe(server, key, "customer_read invoice_write balance_read", wording)
    asked = "customer_read", "plan_read", "invoice_read", "charge_read", "balance_read", "customer_write"
    assert await _probe(f"{server.address}/sandbox", *asked, key=key) == {
        "customer_read": True,
        "plan_read": False,
        "invoice_read": True,
        "charge_read": False,
        "balance_read": True,
        "customer_write": None,
    }


@pytest.mark.parametrize("wording", ["other", "app"])
async def test_other_words_leave_it_unknown(server: RunningServer, wording: str) -> None:
    key = secret_key("rk_test_")
    await restrict_at_stripe(server, key, "customer_read", wording)
    found = await _probe(f"{server.address}/sandbox", "customer_read", "plan_read", key=key)
    assert found == {"customer_read": True, "plan_read": None}


async def test_every_probe_is_answered_with_its_object(server: RunningServer) -> None:
    known = [name for name, permission in PERMISSIONS.items() if permission.probe]
    assert await _probe(f"{server.address}/sandbox", *known) == dict.fromkeys(known, True)


_SO = "would allow this request to continue."


@pytest.mark.parametrize(
    ("text", "has_it"),
    [
        (f"{_BEGINNING} Having the 'rak_plan_read', 'rak_product_read' permissions {_SO}", False),
        (f"{_BEGINNING} Having the 'rak_product_read' permission {_SO}", None),
        (f"{_BEGINNING} Enabling \\\"Prices Read\\\" ('plan_read') permissions on this key {_SO}", False),
        (f"{_BEGINNING} The required permissions are not available for use by restricted keys.", None),
        (f"{_BEGINNING} Ask an administrator for 'rak_plan_read'.", None),
        (f"Having the 'rak_plan_read' permission {_SO}", None),
        ("We're sorry, but we're unable to serve your request.", None),
    ],
)
async def test_a_permission_is_missing_only_if_known_words_name_it(text: str, has_it: bool | None) -> None:
    body = f'{{"error": {{"type": "invalid_request_error", "message": "{text}"}}}}'
    async with answering(http_response("403 Forbidden", body)) as address:
        assert await _probe(address, "plan_read") == {"plan_read": has_it}


_LIMITED = '{"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Slow down."}}'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("429 Too Many Requests", _LIMITED),
        ("500 Internal Server Error", '{"error": {"type": "api_error", "message": "An error"}}'),
        ("401 Unauthorized", '{"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}'),
        ("404 Not Found", "<h1>Nothing here</h1>"),
        ("200 OK", "<!doctype html><title>Sign in to the network</title>"),
        ("200 OK", "{}"),
        ("200 OK", "[]"),
        ("200 OK", ""),
    ],
)
async def test_other_answers_leave_it_unknown(status: str, body: str) -> None:
    async with answering(http_response(status, body)) as address:
        assert await _probe(address, "plan_read", "customer_read") == {"plan_read": None, "customer_read": None}


async def test_nobody_listening_leaves_it_unknown() -> None:
    assert await _probe(f"http://127.0.0.1:{own_port()}", "plan_read") == {"plan_read": None}


class _Crowd:
    """A server that answers once as many calls wait as may come at once, and counts them."""

    def __init__(self, expected: int) -> None:
        self.waiting, self.most, self.asked = 0, 0, 0
        self._full = asyncio.Barrier(expected)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await self._full.wait()
        self.waiting -= 1
        writer.write(http_response("200 OK", '{"object": "list", "data": []}'))
        await writer.drain()


async def test_four_are_asked_at_once() -> None:
    crowd, names = _Crowd(4), [name for name, permission in PERMISSIONS.items() if permission.probe][:12]
    async with listening(crowd.talk) as port:
        found = await _probe(f"http://127.0.0.1:{port}", *names)
    assert set(found.values()) == {True}
    assert (crowd.asked, crowd.most) == (12, 4)


@pytest.mark.slow
async def test_the_time_of_all_together_is_limited_and_what_was_answered_counts() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/v1/customers" in head:
            writer.write(http_response("200 OK", '{"object": "list", "data": []}'))
            await writer.drain()
        else:
            await reader.read()  # until the client gives up

    others = [name for name, permission in PERMISSIONS.items() if permission.probe and name != "customer_read"][:8]
    async with listening(talk) as port:
        found = await _probe(f"http://127.0.0.1:{port}", "customer_read", *others)
    assert found == {"customer_read": True, **dict.fromkeys(others)}


async def test_nothing_of_the_key_or_of_stripes_text_is_logged(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = secret_key("rk_test_")
    await restrict_at_stripe(server, key, "customer_read")
    await _probe(f"{server.address}/sandbox", "customer_read", "plan_read", key=key)
    assert not leaks(caplog.text + repr([vars(record) for record in caplog.records]))
    assert "required permissions" not in caplog.text


@pytest.mark.parametrize("behaviour", ["restricted", "permissiondenied"])
async def test_the_account_of_a_key_that_may_not_read_it_is_in_the_refusal(
    server: RunningServer, behaviour: str
) -> None:
    async with _gateway(f"{server.address}/sandbox") as gateway:
        assert await gateway.account_of(Secret(secret_key("rk_test_", behaviour))) == _ACCOUNT


@pytest.mark.parametrize(
    "text",
    [
        "does not have the required permissions for this endpoint.",
        "does not have the required permissions for this endpoint on account 'acct_1' or 'acct_2'.",
        "does not have the required permissions for this endpoint on account acct_1.",
        "does not have the required permissions for this endpoint on account 'acct_<b>'.",
    ],
)
async def test_without_one_clear_account_there_it_stays_unknown(text: str) -> None:
    body = f'{{"error": {{"type": "invalid_request_error", "message": "The provided key \'rk_***\' {text}"}}}}'
    async with answering(http_response("403 Forbidden", body)) as address, _gateway(address) as gateway:
        assert await gateway.account_of(Secret(secret_key("rk_test_"))) is None
