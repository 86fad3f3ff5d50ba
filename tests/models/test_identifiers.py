"""Identifiers name their type, sort by age, and are distinguished from other texts."""

import re
import string
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.identifiers import is_id, new_id

_NOUNS = ["organization", "integration", "credential", "token"]
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_SAMPLE = "integration_01m80773ysetpv01gyw6ne5ds3"


@pytest.mark.parametrize("noun", _NOUNS)
def test_a_new_identifier_begins_with_its_noun_and_is_one(noun: str) -> None:
    id_ = new_id(noun)
    assert re.fullmatch(rf"{noun}_[0-7][{_ALPHABET}]{{25}}", id_)
    assert is_id(noun, id_)
    assert not any(is_id(other, id_) for other in _NOUNS if other != noun)


def test_later_identifiers_sort_after_earlier_ones() -> None:
    ids = [new_id("integration") for _ in range(10_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_identifiers_of_another_millisecond_sort_after_earlier_ones() -> None:
    earlier = new_id("integration")
    time.sleep(0.002)
    assert earlier < new_id("integration")


@given(st.text(st.characters(), max_size=60))
def test_any_other_text_is_no_identifier(text: str) -> None:
    assume(not re.fullmatch(rf"integration_[0-7][{_ALPHABET}]{{25}}", text))
    assert not is_id("integration", text)


@given(st.text(_ALPHABET, min_size=25, max_size=25), st.sampled_from("01234567"))
def test_every_suffix_of_the_form_is_one_existing_or_not(rest: str, first: str) -> None:
    assert is_id("token", f"token_{first}{rest}")


@given(st.integers(len("integration_"), len(_SAMPLE) - 1), st.sampled_from(string.printable + "ä٣\0"))
def test_one_character_out_of_the_alphabet_makes_it_none(place: int, character: str) -> None:
    assume(character not in _ALPHABET)
    assert not is_id("integration", _SAMPLE[:place] + character + _SAMPLE[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "_",
        "integration",
        "integration_",
        _SAMPLE.removeprefix("integration_"),
        _SAMPLE.removeprefix("integration"),
        _SAMPLE.upper(),
        _SAMPLE + "0",
        _SAMPLE[:-1],
        _SAMPLE + "\n",
        f" {_SAMPLE}",
        f"integration_{_SAMPLE}",
        "integration_8" + "z" * 25,
        "integration_" + "٣" * 26,
        "integration_" + "0" * 1_000_000,
    ],
)
def test_what_is_almost_an_identifier_is_none(text: str) -> None:
    assert not is_id("integration", text)
