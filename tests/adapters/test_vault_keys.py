"""Weak encryption keys are refused with an error that reveals no part of them."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.vault import HOW_TO_MAKE_A_KEY, EncryptionContext, Vault, WeakKeyError, new_key
from kit.secret import Secret


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


_GOOD = _encoded(os.urandom(32))
_WEAK = {
    "none": "",
    "only separators": " , ,",
    "no key after the id": "k1:",
    "15 bytes": f"k1:{_encoded(os.urandom(15))}",
    "31 bytes": f"k1:{_encoded(os.urandom(31))}",
    "33 bytes": f"k1:{_encoded(os.urandom(33))}",
    "64 bytes": f"k1:{_encoded(os.urandom(64))}",
    "all zero": f"k1:{_encoded(bytes(32))}",
    "one byte repeated": f"k1:{_encoded(b'k' * 32)}",
    "a word repeated": f"k1:{_encoded(b'password' * 4)}",
    "a pattern repeated": f"k1:{_encoded(bytes(range(16)) * 2)}",
    "not base64": f"k1:{'*' * 44}",
    "base64 that was cut": f"k1:{_GOOD[:-2]}",
    "not ASCII": f"k1:{'ü' * 44}",
    "white space within": f"k1:{_GOOD[:20]} {_GOOD[20:]}",
    "without an id": _GOOD,
    "an empty id": f":{_GOOD}",
    "an id with a dot, which sealed texts divide by": f"k.1:{_GOOD}",
    "an id that is too long": f"{'k' * 33}:{_GOOD}",
    "an id with a line break": f"k1\nk:{_GOOD}",
    "an id used twice": f"k1:{_GOOD},k1:{_encoded(os.urandom(32))}",
    "the same key twice": f"k1:{_GOOD},k1:{_GOOD}",
    "a good key, then a weak one": f"k1:{_GOOD},k2:{_encoded(bytes(32))}",
    "id and key swapped": f"{_GOOD}:k1",
    # Settings without ids: the key itself is in the place of the id.
    "a key in hexadecimal digits, without an id": "9f86d081884c7d659a2feaa0c55ad015",
    "a passphrase, without an id": "correct-horse-battery-staple",
    "a passphrase twice, without an id": "correct-horse,correct-horse",
    "a key twice, without an id": f"{_GOOD},{_GOOD}",
}


@pytest.mark.parametrize("keys", _WEAK.values(), ids=_WEAK)
def test_weak_keys_are_refused_and_not_shown(keys: str) -> None:
    with pytest.raises(WeakKeyError) as caught:
        Vault.from_text(Secret(keys))
    told = str(caught.value).replace(HOW_TO_MAKE_A_KEY, "")
    # An error may contain an id, but no other part of the setting.
    assert not [part for part in _parts(keys) if part in told]
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_key_is_weak_up_to_sixteen_distinct_bytes() -> None:
    for distinct in (16, 17):
        keys = Secret(f"k1:{_encoded(bytes(range(distinct)) + bytes(32 - distinct))}")
        if distinct == 17:
            assert Vault.from_text(keys).key_ids == ("k1",)
        else:
            with pytest.raises(WeakKeyError):
                Vault.from_text(keys)


def _parts(keys: str) -> set[str]:
    """Returns all substrings of eight characters of the setting's keys."""
    texts = [part.partition(":")[2] or part.partition(":")[0] for part in keys.split(",") if part != "k1:"]
    return {text[start : start + 8] for text in texts for start in range(len(text) - 7)}


@given(st.text(max_size=100))
def test_no_setting_fails_in_another_way(text: str) -> None:
    with pytest.raises(WeakKeyError):
        Vault.from_text(Secret(text))


def test_a_weak_key_tells_how_to_make_a_good_one() -> None:
    with pytest.raises(WeakKeyError, match=r"python3 -c 'import base64"):
        Vault.from_text(Secret(""))


def test_new_keys_are_good_and_differ() -> None:
    first, second = new_key(), new_key()
    place = EncryptionContext("o", "w", "f")
    assert Vault.from_text(first).opens(Vault.from_text(first).seal(Secret("s"), place), place)
    assert first != second


def test_a_vault_shows_none_of_its_keys() -> None:
    vault = Vault.from_text(Secret(f"k1:{_GOOD}"))
    assert _GOOD not in f"{vault!r} {vault} {vars(vault)}"
