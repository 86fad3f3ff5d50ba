"""The accepted formats of Stripe's keys. A refusal reveals no part of the input."""

import traceback

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.stripe.key_format import KeyFault, KeyRefusedError, StripeKey, parse_key
from kit.secret import Secret

_WORD = "51Sandbox0004242"


def _refusal(text: str) -> KeyRefusedError:
    with pytest.raises(KeyRefusedError) as caught:
        parse_key(Secret(text))
    return caught.value


@pytest.mark.parametrize("prefix", ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "rkcs_test_"])
def test_secret_and_restricted_keys_of_both_modes_pass(prefix: str) -> None:
    key = parse_key(Secret(prefix + _WORD))
    mode = {"livemode": "live" in prefix, "restricted": prefix.startswith("rk")}
    assert key == StripeKey(Secret(prefix + _WORD), **mode, masked=f"{prefix}…4242")


@pytest.mark.parametrize("space", [" ", "\n", "\r\n", "\t", "\u00a0", "\u2003", " \n\t "])
def test_white_space_at_the_ends_is_stripped(space: str) -> None:
    assert parse_key(Secret(f"{space}sk_test_{_WORD}{space}")).secret == Secret(f"sk_test_{_WORD}")


@pytest.mark.parametrize(
    "pasted",
    [
        "'{}'",
        '"{}"',
        "`{}`",
        "“{}”",
        "'{}",
        ' "{}" \n',
        "STRIPE_SECRET_KEY={}",
        "export STRIPE_SECRET_KEY={}",
        "export  STRIPE_SECRET_KEY = '{}'",
        'STRIPE_SECRET_KEY="{}";',
        "'STRIPE_SECRET_KEY={}'",
        "sk={}",
        "\ufeff{}",
        "\ufeff  \u200b{}",
        "{}\u200b\n",
        "\u2060{}\u00ad",
        "{}\ufe0f",
        "STRIPE_SECRET_KEY=\u200b{}",
    ],
)
@pytest.mark.parametrize("key", [f"sk_test_{_WORD}", f"rk_live_{_WORD}", f"sk_live_51-{_WORD}-x"])
def test_copying_from_a_file_or_a_page_adds_nothing(pasted: str, key: str) -> None:
    assert parse_key(Secret(pasted.format(key))).secret == Secret(key)


def test_invisible_characters_within_are_dropped() -> None:
    assert parse_key(Secret("sk_test_51\u200bSand\u00adbox\ufeff4242")).secret == Secret("sk_test_51Sandbox4242")


@pytest.mark.parametrize("text", ["whsec_abc=", "whsec_abc==", "whsec_ab+/c="])
def test_a_secret_that_ends_like_an_assignment_is_left_alone(text: str) -> None:
    assert Secret(text).cleaned() == Secret(text)


def test_the_mode_is_that_of_the_prefix_whatever_follows() -> None:
    assert not parse_key(Secret("sk_test_sk_live_abcd")).livemode
    assert parse_key(Secret("sk_live_sk_test_abcd")).livemode


@pytest.mark.parametrize("length", [10, 24, 99, 107, 255])
def test_lengths_are_not_fixed(length: int) -> None:
    assert parse_key(Secret("sk_live_" + "a" * length)).masked == "sk_live_…aaaa"


@given(st.from_regex(r"(sk|rk)_(live|test)_[A-Za-z0-9]{9,120}", fullmatch=True))
def test_the_masked_key_holds_prefix_and_last_four_and_nothing_else(text: str) -> None:
    masked = parse_key(Secret(text)).masked
    assert masked == f"{text[:8]}…{text[-4:]}"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"pk_live_{_WORD}", KeyFault.PUBLISHABLE_KEY),
        (f"  pk_test_{_WORD}\n", KeyFault.PUBLISHABLE_KEY),
        (f"STRIPE_KEY='pk_test_{_WORD}'", KeyFault.PUBLISHABLE_KEY),
        (f"whsec_{_WORD}", KeyFault.WEBHOOK_SECRET),
        (f'"absec_{_WORD}"', KeyFault.APP_SECRET),
        (f"rt_{_WORD}", KeyFault.REFRESH_TOKEN),
        (f"ac_{_WORD}", KeyFault.AUTHORIZATION_CODE),
        ("sk_test_…4242", KeyFault.MASKED_KEY),
        (f"sk_test_51…{_WORD}", KeyFault.MASKED_KEY),
        ("sk_live_********4242", KeyFault.MASKED_KEY),
        ("rk_live_••••4242", KeyFault.MASKED_KEY),
        ("sk_test_51S...4242", KeyFault.MASKED_KEY),
        ("rkcs_test_...", KeyFault.MASKED_KEY),
        ("pk_test_…4242", KeyFault.PUBLISHABLE_KEY),
        (f"sk_org_{_WORD}", KeyFault.ORGANIZATION_KEY),
        (f"sk_org_live_{_WORD}", KeyFault.ORGANIZATION_KEY),
        (f"sk_org_test_{_WORD}", KeyFault.ORGANIZATION_KEY),
    ],
)
def test_keys_of_other_kinds_are_told_apart(text: str, fault: KeyFault) -> None:
    assert _refusal(text).fault is fault


_MALFORMED = [
    "",
    " \n",
    "hunter2 is my password",
    "sk",
    "sk_live_",
    "sk_test_ ",
    f"sk_prod_{_WORD}",
    f"SK_TEST_{_WORD}",
    f"ek_test_{_WORD}",
    f"sk-test-{_WORD}",
    f"STRIPE KEY=sk_test_{_WORD}",
    f"sk_test_{_WORD} # STRIPE_KEY=",
    f"sk_test_{_WORD} STRIPE_KEY=sk_test_{_WORD}",
    f"STRIPE_KEY=OTHER=sk_test_{_WORD}",
    f"x sk_test_{_WORD}",
    f"Bearer sk_test_{_WORD}",
    f"sk_test_{_WORD}\nsk_test_{_WORD}",
    f"sk_test_51Sand\nbox{_WORD}",
    f"sk_test_51Sand\r\nX-Header: box{_WORD}",
    f"sk_test_51Sand box{_WORD}",
    f"sk_test_51Sand\0box{_WORD}",
    f"sk_test_51Sandb\u00f6x{_WORD}",
    f"sk_test_51Sandbox\u0664\u0662{_WORD}",
    f"\uff53k_test_{_WORD}",
    "sk_test_" + "a" * 501,
    "sk_test_" + "a" * 1_000_000,
]


@pytest.mark.parametrize("text", _MALFORMED, ids=range(len(_MALFORMED)))
def test_what_is_no_key_is_malformed(text: str) -> None:
    assert _refusal(text).fault is KeyFault.MALFORMED


@given(st.text(min_size=4, max_size=200))
def test_any_other_text_is_refused_and_not_shown(text: str) -> None:
    assume(not Secret(text).cleaned().reveal().startswith(("sk_", "rk_", "rkcs_")))
    refusal = _refusal(text)
    assert f"{refusal!r} {refusal} {refusal.args}" == f"KeyRefusedError('{refusal}') {refusal} ('{refusal}',)"
    assert str(refusal) in KeyFault.__members__


@pytest.mark.parametrize(
    "text",
    [
        f"sk_test_51Sand box{_WORD}",
        f"pk_live_{_WORD}",
        f"sk_org_{_WORD}",
        "hunter2pass",
        f"STRIPE_KEY={_WORD}",
        f"sk_test_***{_WORD}",
    ],
)
def test_a_refusal_shows_nothing_of_what_was_pasted(text: str) -> None:
    refusal = _refusal(text)
    shown = "".join(traceback.format_exception(refusal)) + repr(refusal)
    assert text not in shown
    assert _WORD not in shown
    assert refusal.__context__ is None


def test_a_key_does_not_show_itself() -> None:
    key = parse_key(Secret(f"sk_test_{_WORD}"))
    assert _WORD not in f"{key!r} {key}"
