"""Settings of Stripe: what pasting adds is cleaned away, and what is in a wrong place is named."""

import pytest

from kit.secret import Secret
from tests.support.settings import mistakes, read

_PLATFORM = {"SECRET_KEY": "sk_test_51-Sandbox", "CLIENT_ID": "ca_Sandbox", "WEBHOOK_SECRET": "whsec_c2FuZGJveA=="}


@pytest.mark.parametrize(
    "pasted", ["'{}'", '"{}"\n', "\ufeff{}", "{}\u200b", "STRIPE_X={}", "export STRIPE_X='{}'", " {} "]
)
def test_secrets_of_stripe_are_cleaned_of_what_pasting_adds(pasted: str) -> None:
    given = {f"STRIPE_TEST_{name}": pasted.format(value) for name, value in _PLATFORM.items()}
    assert read(**given).stripe.platform(livemode=False) == (
        Secret(_PLATFORM["SECRET_KEY"]),
        _PLATFORM["CLIENT_ID"],
        Secret(_PLATFORM["WEBHOOK_SECRET"]),
    )


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("whsec_hunter2", "a webhook secret"),
        ("absec_hunter2", "an app secret"),
        ("rt_hunter2", "a refresh token"),
        ("ac_hunter2", "an authorization code"),
        ("pk_live_hunter2", "a publishable key"),
        ("sk_org_live_hunter2", "an organization key"),
        ("sk_live_hunter2…4242", "a masked key"),
        ("'sk_test_hunter2'", "a key of test mode"),
    ],
)
def test_a_value_in_the_place_of_a_secret_key_is_named(value: str, what: str) -> None:
    sentence = mistakes(STRIPE_LIVE_SECRET_KEY=value)
    assert sentence.startswith("DRAWBRIDGE_STRIPE_LIVE_SECRET_KEY must be a secret key of live mode")
    assert sentence.endswith(f". It is {what}.")
    assert "hunter2" not in sentence


def test_an_unknown_permission_is_named() -> None:
    sentence = mistakes(STRIPE_REQUIRED_PERMISSIONS="customer_read,customers_read,plan_read")
    assert sentence.endswith("lists them. customers_read is not one of them.")
