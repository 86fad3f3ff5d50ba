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
    f"whsec_{_WORD}",
    f"ek_test_{_WORD}",
    f"sk-test-{_WORD}",
    f"x sk_test_{_WORD}",
    f"Bearer sk_test_{_WORD}",
    f"sk_test_{_WORD}\nsk_test_{_WORD}",
    f"sk_test_51Sand\nbox{_WORD}",
    f"sk_test_51Sand\r\nX-Header: box{_WORD}",
    f"sk_test_51Sand box{_WORD}",
    f"sk_test_51Sand\0box{_WORD}",
    f"sk_test_51Sandb\u00f6x{_WORD}",
    f"sk_test_51Sandb\u200box{_WORD}",
    f"sk_test_51Sandbox\u0664\u0662{_WORD}",
    f"\uff53k_test_{_WORD}",
    f"sk_test_51…{_WORD}",
    "sk_test_" + "a" * 501,
    "sk_test_" + "a" * 1_000_000,
]


@pytest.mark.parametrize("text", _MALFORMED, ids=range(len(_MALFORMED)))
def test_what_is_no_key_is_malformed(text: str) -> None:
    assert _refusal(text).fault is KeyFault.MALFORMED


@given(st.text(min_size=4, max_size=200))
def test_any_other_text_is_refused_and_not_shown(text: str) -> None:
    assume(not text.strip().startswith(("sk_", "rk_", "rkcs_")))
    refusal = _refusal(text)
    assert f"{refusal!r} {refusal} {refusal.args}" == f"KeyRefusedError('{refusal}') {refusal} ('{refusal}',)"
    assert str(refusal) in KeyFault.__members__


@pytest.mark.parametrize("text", [f"sk_test_51Sand box{_WORD}", f"pk_live_{_WORD}", f"sk_org_{_WORD}", "hunter2pass"])
def test_a_refusal_shows_nothing_of_what_was_pasted(text: str) -> None:
    refusal = _refusal(text)
    shown = "".join(traceback.format_exception(refusal)) + repr(refusal)
    assert text not in shown
    assert _WORD not in shown
    assert refusal.__context__ is None


def test_a_key_does_not_show_itself() -> None:
    key = parse_key(Secret(f"sk_test_{_WORD}"))
    assert _WORD not in f"{key!r} {key}"
