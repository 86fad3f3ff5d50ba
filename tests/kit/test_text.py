"""The key of a name is the same for names that look the same, and its own key."""

import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.text import is_visible, name_key, one_line, search_key, stacks_marks
from tests.support.node import NODE

# Unassigned, for private use, and halves of surrogate pairs, by Unicode's general categories.
_NO_CHARACTERS = {"Cn", "Co", "Cs"}
# Node's Unicode data are an independent source: it prints the characters of the property.
_IGNORABLE = r"""const found = []; for (let code = 0; code < 0x110000; code++)
    if (/\p{Default_Ignorable_Code_Point}/u.test(String.fromCodePoint(code))) found.push(code);
    console.log(JSON.stringify(found))"""


def _characters() -> Iterator[str]:
    every = map(chr, range(sys.maxunicode + 1))
    return (character for character in every if unicodedata.category(character) not in _NO_CHARACTERS)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Billing", "billing"),
        ("Billing", "Bill\u200bing"),
        ("Billing", "\ufeffBilling\u2060"),
        ("Billing", "Bill\u3164ing"),
        ("Billing", "Bill\U000e0061ing"),
        ("Billing", "Bill\u034fing"),
        ("Billing", "Ｂｉｌｌｉｎｇ"),  # noqa: RUF001 - full width
        ("Billing", "Bil\u00adling"),
        ("Team A", "Team \u200b\u00a0 A"),
        ("Team A", "Team\u2800A"),
        ("STRASSE", "straße"),
        ("Ünit", "U\u0308NIT"),
        ("istanbul", "İstanbul"),
        ("j", "j\u0307"),
        ("❤", "❤\ufe0f"),
        ("ﬁle", "file"),
    ],
)
def test_what_looks_the_same_has_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Zoë", "Zoe"), ("Billing 1", "Billing1"), ("a", "а"), ("ê", "é")],  # noqa: RUF001 - Cyrillic
)
def test_what_looks_different_or_is_of_another_script_has_another_key(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.slow
def test_a_key_is_its_own_key_and_no_visible_character_has_none() -> None:
    keys = {character: name_key(character) for character in _characters()}
    assert [character for character, key in keys.items() if name_key(key) != key] == []
    assert [character for character, key in keys.items() if is_visible(character) and not key] == []


@given(st.text(st.characters(max_codepoint=127)))
def test_a_key_of_ascii_is_the_same_by_the_long_way(text: str) -> None:
    assert search_key(f"{text}\u200b") == search_key(text)


@given(st.text())
def test_a_key_of_any_text_is_its_own_key(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)


def test_what_unicode_calls_ignorable_is_ignored() -> None:
    printed = subprocess.run([NODE, "--eval", _IGNORABLE], capture_output=True, check=True)  # noqa: S603 - our own program
    ignorable = [chr(code) for code in json.loads(printed.stdout)]
    assert len(ignorable) > 4000
    assert [character for character in ignorable if name_key(f"a{character}b") != "ab"] == []
    assert [character for character in ignorable if is_visible(character)] == []


def test_blanks_at_the_ends_count_in_a_part_only() -> None:
    assert (search_key(" a  b "), name_key(" a  b ")) == (" a b ", "a b")


@pytest.mark.parametrize(
    ("text", "stacks"),
    [("Zoë", False), ("Ệ", False), ("กำ่", False), ("a\u0301\u0301", True), ("a\u0300\u0301\u0302\u0303\u0304", True)],
)
def test_stacked_marks_are_noticed(text: str, stacks: bool) -> None:
    assert stacks_marks(text) is stacks


@given(st.text(st.characters(exclude_categories=())), st.integers(1, 20))
def test_one_line_is_printable_short_and_visible(text: str, length: int) -> None:
    shown = one_line(text, length)
    if shown is not None:
        assert 1 <= len(shown) <= length
        assert shown == unicodedata.normalize("NFC", shown)
        assert one_line(shown, length) == shown
        shown.encode()
