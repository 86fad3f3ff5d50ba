"""The server at Stripe's address is missing, broken or hostile: the gateway reports that Stripe is unavailable."""

import asyncio

import pytest

from adapters.stripe.gateway import StripeGateway, StripeUnavailableError
from adapters.stripe.key_format import KeyRefusedError, parse_key
from kit.secret import Secret
from tests.support.ports import own_port
from tests.support.secrecy import secret_key
from tests.support.stripe_answers import answering, http_response

pytestmark = pytest.mark.slow


async def _identify(api_base: str) -> object:
    gateway = StripeGateway(base=api_base, timeout=10)
    try:
        return await gateway.identify(parse_key(Secret(secret_key())))
    finally:
        await gateway.close()


async def test_nobody_listening_means_that_stripe_is_away() -> None:
    with pytest.raises(StripeUnavailableError):
        await _identify(f"http://127.0.0.1:{own_port()}")


_GARBAGE = {
    "nothing": b"",
    "not HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "half an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{",
    "a web page": http_response("200 OK", "<!doctype html><title>Sign in to the hotel's network</title>"),
    "no JSON with a failure": http_response("502 Bad Gateway", "<h1>Bad gateway</h1>"),
    "a redirect": http_response("302 Found", "", "Location: https://example.com/"),
    "an empty answer": http_response("200 OK", ""),
    "bytes that are no text": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe",
    "a false compression": http_response("200 OK", "{}", "Content-Encoding: gzip"),
    "a failure without a description": http_response("500 Internal Server Error", "{}"),
    "a failure described by a word": http_response("500 Internal Server Error", '{"error": "oops"}'),
    "an empty object": http_response("200 OK", "{}"),
    "a list": http_response("200 OK", "[]"),
    "null": http_response("200 OK", "null"),
    "a word": http_response("200 OK", '"ok"'),
    "an account of another shape": http_response(
        "200 OK", '{"object": "account", "business_profile": 7, "settings": []}'
    ),
    "another object": http_response("200 OK", '{"object": "balance", "id": "b"}'),
}


@pytest.mark.parametrize("answer", _GARBAGE.values(), ids=_GARBAGE)
async def test_garbage_means_that_stripe_is_away(answer: bytes) -> None:
    async with answering(answer) as address:
        with pytest.raises(StripeUnavailableError):
            await _identify(address)


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"error": "no"}', '{"error": {}}', '{"error": null}', "<h1>no</h1>"])
@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "429 Too Many Requests", "400 Bad Request"])
async def test_refusals_of_another_shape_end_cleanly(status: str, body: str) -> None:
    """A proxy's own 401, 403 or 429 lacks Stripe's error object."""
    async with answering(http_response(status, body)) as address:
        outcome = (await asyncio.gather(_identify(address), return_exceptions=True))[0]
    if outcome is None:
        assert status == "403 Forbidden", "only a restricted key goes without an account"
    elif status == "429 Too Many Requests":
        assert isinstance(outcome, StripeUnavailableError)
    else:
        assert isinstance(outcome, (KeyRefusedError, StripeUnavailableError))


@pytest.mark.parametrize("retry_after", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1.5", "soon", "²", "", "9" * 5000])
async def test_a_retry_after_that_is_no_number_of_seconds_is_left_out(retry_after: str) -> None:
    error = '{"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Slow down."}}'
    async with answering(http_response("429 Too Many Requests", error, f"Retry-After: {retry_after}")) as address:
        with pytest.raises(StripeUnavailableError) as caught:
            await _identify(address)
    assert caught.value.retry_after is None
