"""docs/stripe-failures.md lists every cause and every webhook's outcome as the code has them."""

import logging

import pytest

from adapters.stripe.causes import UNPROCESSED, Cause
from adapters.stripe.webhooks import WebhookOutcome
from resolvers.stripe_failures import ADVICE
from sandbox.keys import MAGIC_KEYS
from tests.support.readme import page

_PAGE = page("stripe-failures")
# These have outcomes of their own, in which no message tells to try again.
_DECIDED = {
    Cause.KEY_REJECTED,
    Cause.KEY_EXPIRED,
    Cause.ACCESS_REVOKED,
    Cause.PERMISSION_MISSING,
    Cause.CODE_REFUSED,
    Cause.WRONG_MODE,
    Cause.OAUTH_REFUSED,
    Cause.REFRESH_REFUSED,
}


def _level(level: int) -> str:
    return logging.getLevelName(level).lower()


@pytest.mark.parametrize("cause", Cause)
def test_each_cause_has_its_row(cause: Cause) -> None:
    assert f"\n| `{cause.label}` | {_level(cause.level)} | {cause.text}. | " in _PAGE


@pytest.mark.parametrize("outcome", WebhookOutcome)
def test_each_outcome_of_a_webhook_has_its_row(outcome: WebhookOutcome) -> None:
    row = f"\n| `{outcome.label}` | {outcome.status} | {_level(outcome.level)} | {outcome.text}. | "
    assert row in _PAGE


def test_each_cause_that_decides_nothing_has_a_message() -> None:
    assert set(ADVICE) | _DECIDED | {Cause.RATE_LIMITED} == set(Cause)
    assert not set(ADVICE) & _DECIDED
    assert not UNPROCESSED & _DECIDED


def test_all_texts_differ() -> None:
    texts = [each.text for each in (*Cause, *WebhookOutcome)]
    assert len(set(texts)) == len(texts)


def test_the_page_s_keys_are_the_sandbox_s() -> None:
    assert [key for key in MAGIC_KEYS if f"`{key}`" not in _PAGE] == ["sk_test_otheraccount…"]
