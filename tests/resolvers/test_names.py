"""Names are trimmed, normalized and bounded; search ignores case."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.text import name_key
from resolvers.kit.naming import clean_text
from resolvers.refusals import InvalidInput


def test_a_name_is_trimmed_and_composed() -> None:
    assert clean_text("name", "  Zoe\u0308 ") == "Zoë"


@given(st.text())
def test_a_cleaned_name_is_clean_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        cleaned = clean_text("name", text)
        assert cleaned == clean_text("name", cleaned)
        assert 1 <= len(cleaned) <= 100
        cleaned.encode()


@pytest.mark.parametrize(
    "text", ["", " ", "x" * 101, "a\tb", "a\x7f", "\ud800", "a\u2029b", "\u200b", "\u2060\u200d", "evil\u202ename"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        clean_text("name", text)


@pytest.mark.parametrize(("one", "other"), [("STRASSE", "straße"), ("Ünit", "üNIT"), ("\uff21", "a")])
def test_keys_do_not_mind_case_or_width(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)
