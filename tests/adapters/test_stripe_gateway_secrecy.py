"""No exception and no log line contains the key, regardless of Stripe's response."""

import logging
import traceback

import pytest

from adapters.stripe.gateway import StripeGateway, StripeUnavailableError
from adapters.stripe.key_format import KeyRefusedError, parse_key
from kit.secret import Secret
from tests.support.ports import own_port
from tests.support.secrecy import leaks, secret_key
from tests.support.servers import RunningServer

_REFUSED = ["rejected", "expired", "revoked", "ipblocked", "ratelimited", "unavailable", "slow"]


async def _refusal(api_base: str, behaviour: str) -> Exception:
    gateway = StripeGateway(base=api_base, timeout=0.5)
    with pytest.raises((KeyRefusedError, StripeUnavailableError)) as caught:
        await gateway.identify(parse_key(Secret(secret_key(behaviour=behaviour))))
    await gateway.close()
    return caught.value


def _assert_clean(refusal: Exception) -> None:
    assert refusal.__cause__ is None
    assert refusal.__suppress_context__
    shown = [str(refusal), repr(refusal), repr(vars(refusal)), *traceback.format_exception(refusal)]
    assert not leaks("".join(shown))


@pytest.mark.parametrize("behaviour", _REFUSED)
async def test_no_exception_holds_the_key_or_stripes_text(server: RunningServer, behaviour: str) -> None:
    refusal = await _refusal(f"{server.address}/sandbox", behaviour)
    _assert_clean(refusal)
    assert "sk_test" not in "".join(traceback.format_exception(refusal, chain=False)[-1:])


async def test_no_exception_holds_the_key_where_nobody_listens() -> None:
    _assert_clean(await _refusal(f"http://127.0.0.1:{own_port()}", "51Sandbox"))


@pytest.mark.parametrize("behaviour", [*_REFUSED, "51Sandbox", "restricted"])
async def test_no_logger_is_given_the_key_at_any_level(
    server: RunningServer, caplog: pytest.LogCaptureFixture, behaviour: str
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = StripeGateway(base=f"{server.address}/sandbox", timeout=0.5)
    key = parse_key(Secret(secret_key(behaviour=behaviour)))
    try:
        await gateway.identify(key)
    except (KeyRefusedError, StripeUnavailableError):
        logging.getLogger(__name__).exception("As careless code would log it; %r", key)
    await gateway.close()
    assert "httpcore.http11" in {record.name for record in caplog.records}, "loggers were not listened to"
    assert not leaks(caplog.text + repr([vars(record) for record in caplog.records]))


async def test_stripes_texts_are_not_logged_since_they_quote_what_was_pasted(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await _refusal(f"{server.address}/sandbox", "rejected")
    assert "Invalid API Key provided" not in caplog.text
    assert "stripe" not in {record.name.partition(".")[0] for record in caplog.records}
