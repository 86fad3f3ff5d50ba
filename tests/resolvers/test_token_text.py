"""The text of a token: recognizable, with a checksum that detects typos."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kit.secret import Secret
from resolvers.tokens.text import hash_of, is_token, mask, new_token


def test_tokens_differ_and_have_the_documented_form() -> None:
    tokens = {new_token().reveal() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"drawbridge_[0-9A-Za-z]{49}", token) and is_token(Secret(token)) for token in tokens)


def test_the_checksum_is_padded_with_zeros() -> None:
    """Another padding would refuse tokens that are in use."""
    assert is_token(Secret("drawbridge_7bUA0k8wVL9L3caReQ9TGeyFWffJLAiWxDYreRKA9oB00D0dR"))


@given(st.integers(0, 59), st.characters())
def test_a_changed_character_is_told_by_the_checksum(place: int, character: str) -> None:
    token = new_token().reveal()
    changed = token[:place] + character + token[place + 1 :]
    assert is_token(Secret(changed)) == (changed == token)


@given(st.text())
def test_other_texts_are_no_tokens(text: str) -> None:
    assert not is_token(Secret(text))


def test_the_hash_and_the_mask_do_not_tell_the_token() -> None:
    token = new_token()
    assert hash_of(token) != hash_of(new_token())
    assert mask(token) == f"drawbridge_…{token.reveal()[-4:]}"
