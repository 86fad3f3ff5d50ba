"""The texts of an account are its owner's: they are made printable and cut before anything stores or shows them."""

import json
from typing import Any

import pytest

from adapters.stripe.gateway import Account, StripeUnavailableError
from tests.adapters.test_stripe_gateway_broken import _identify
from tests.support.stripe_answers import answering, http_response


async def _account(name: object = "Acme", **more: Any) -> object:
    """Returns the account that the gateway makes of Stripe's answer."""
    profile = {"business_profile": {"name": name}, "settings": {"dashboard": {"display_name": "Shown"}}}
    answer = {"object": "account", "id": "acct_1", "country": "DE", "default_currency": "eur", **profile, **more}
    async with answering(http_response("200 OK", json.dumps(answer))) as address:
        return await _identify(address)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Acme  GmbH ", "Acme GmbH"),
        ("Acme\r\nSet-Cookie: x", "Acme Set-Cookie: x"),
        ("Acme\u202egpj.exe", "Acme gpj.exe"),
        ("Zoe\u0308 \ud800\0!", "Zoë !"),
        ("x" * 10_000, "x" * 300),
        ("\u200b\u3164\u2800", "Shown"),
        ("", "Shown"),
        (None, "Shown"),
    ],
    ids=range(8),
)
async def test_a_name_is_one_line_of_at_most_300_characters(name: object, shown: str) -> None:
    assert await _account(name) == Account("acct_1", shown, "DE", "eur")


async def test_codes_are_short() -> None:
    assert await _account(country="D" * 1000, default_currency="\n") == Account("acct_1", "Acme", "D" * 8, None)


@pytest.mark.parametrize("changes", [{"id": "acct_" + "x" * 300}, {"id": "acct_1\n"}, {"id": 1}, {"name": ["Acme"]}])
async def test_what_is_no_account_is_none_of_stripes(changes: dict[str, Any]) -> None:
    with pytest.raises(StripeUnavailableError):
        await _account(**changes)
