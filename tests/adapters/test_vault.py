"""The vault: a sealed secret opens only in its own context, undamaged, and with a configured key."""

import base64
import logging
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.vault import EncryptionContext, KeyMissingError, UnreadableError, Vault, key_id_of, new_key
from kit.secret import Secret

_PLACE = EncryptionContext("organization_a", "credential_a", "secret")
_KEY, _OTHER_KEY = (new_key().reveal().removeprefix("k1:") for _ in range(2))
_VAULT = Vault.from_text(Secret(f"k1:{_KEY}"))
_SEALED = _VAULT.seal(Secret("sk_test_51Sandbox4242"), _PLACE)


@given(st.text())
def test_what_is_sealed_opens_to_the_same(text: str) -> None:
    assert _VAULT.open(_VAULT.seal(Secret(text), _PLACE), _PLACE).reveal() == text


@given(st.text(min_size=8))
def test_a_sealed_text_shows_nothing_of_the_secret_and_is_never_the_same_twice(text: str) -> None:
    first, second = (_VAULT.seal(Secret(text), _PLACE) for _ in range(2))
    assert first != second
    assert text not in first


def test_a_nonce_has_96_bits_and_a_tag_128_as_the_standard_recommends() -> None:
    sealed = base64.urlsafe_b64decode(_VAULT.seal(Secret("secret"), _PLACE).rpartition(".")[2])
    assert len(sealed) == 12 + len("secret") + 16


def test_the_empty_and_the_very_long_secret_open_too() -> None:
    for text in ("", "ü" * 1_000_000):
        assert _VAULT.open(_VAULT.seal(Secret(text), _PLACE), _PLACE) == Secret(text)


@settings(max_examples=25)
@given(st.text(max_size=40))
def test_any_bit_flipped_in_the_ciphertext_is_noticed(text: str) -> None:
    head, encoded = _VAULT.seal(Secret(text), _PLACE).rsplit(".", 1)
    data = base64.urlsafe_b64decode(encoded)
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not _VAULT.opens(f"{head}.{base64.urlsafe_b64encode(flipped).decode()}", _PLACE), bit


@settings(max_examples=25)
@given(st.text(max_size=40))
def test_any_bit_flipped_in_the_sealed_text_is_noticed(text: str) -> None:
    sealed = _VAULT.seal(Secret(text), _PLACE)
    for bit in range(len(sealed) * 8):
        character = chr(ord(sealed[bit // 8]) ^ 1 << bit % 8)
        assert not _VAULT.opens(sealed[: bit // 8] + character + sealed[bit // 8 + 1 :], _PLACE), bit


def test_a_sealed_text_that_was_cut_or_lengthened_is_noticed() -> None:
    for changed in [*(_SEALED[:end] for end in range(len(_SEALED))), _SEALED + "A", _SEALED + "\n", " " + _SEALED]:
        with pytest.raises(UnreadableError):
            _VAULT.open(changed, _PLACE)


@pytest.mark.parametrize("part", ["organization", "owner", "field"])
@given(other=st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_what_was_moved_to_another_place_does_not_open(part: str, other: str) -> None:
    place = replace(_PLACE, **{part: f"{getattr(_PLACE, part)}{other}x"})
    with pytest.raises(UnreadableError):
        _VAULT.open(_SEALED, place)


def test_parts_of_a_place_do_not_run_into_each_other() -> None:
    sealed = _VAULT.seal(Secret("s"), EncryptionContext("ab", "c", "d"))
    assert not _VAULT.opens(sealed, EncryptionContext("a", "bc", "d"))
    assert not _VAULT.opens(sealed, EncryptionContext("ab", "cd", ""))


@pytest.mark.parametrize("keys", [f"k1:{_OTHER_KEY}", f"k2:{_KEY}", f"k2:{_OTHER_KEY}"], ids=range(3))
def test_a_vault_without_the_key_opens_nothing(keys: str) -> None:
    with pytest.raises(UnreadableError):
        Vault.from_text(Secret(keys)).open(_SEALED, _PLACE)


def test_a_missing_key_is_told_from_a_damaged_secret() -> None:
    other = Vault.from_text(Secret(f"k2:{_KEY}"))
    with pytest.raises(KeyMissingError, match="k1"):
        other.open(_SEALED, _PLACE)
    damaged = _SEALED[:-4] + ("AAAA" if _SEALED[-4:] != "AAAA" else "BBBB")
    assert [vault.is_damaged(damaged, _PLACE) for vault in (_VAULT, other)] == [True, False]
    assert [vault.is_damaged(_SEALED, _PLACE) for vault in (_VAULT, other)] == [False, False]


@pytest.mark.parametrize(
    ("sealed", "key_id"),
    [("v1.k1.AAAA", "k1"), ("v0.k1.AAAA", None), ("v2.k1.AAAA", None), ("v1..AAAA", None), ("sk_test_51k1", None)],
)
def test_a_sealed_text_names_its_key(sealed: str, key_id: str | None) -> None:
    assert key_id_of(sealed) == key_id


def test_the_first_of_several_keys_seals_and_all_of_them_open() -> None:
    rotated = Vault.from_text(Secret(f"k2:{_OTHER_KEY}, k1:{_KEY},"))
    sealed_anew = rotated.seal(Secret("new"), _PLACE)
    assert sealed_anew.startswith("v1.k2.")
    assert rotated.open(sealed_anew, _PLACE).reveal() == "new"
    assert rotated.open(_SEALED, _PLACE).reveal() == "sk_test_51Sandbox4242"
    assert not _VAULT.opens(sealed_anew, _PLACE)


_base64 = st.binary(max_size=64).map(lambda data: base64.urlsafe_b64encode(data).decode())
_anything = st.text(st.characters(), max_size=80)


@given(
    st.one_of(
        _anything,
        st.lists(_anything, max_size=5).map(".".join),
        st.builds("v1.k1.{}".format, st.one_of(_anything, _base64, st.text("AZaz09+/-_=", max_size=80))),
        st.builds("{}.k1.{}".format, _anything, _base64),
        st.builds("v1.{}.{}".format, _anything, _base64),
    )
)
def test_malformed_sealed_texts_are_unreadable_and_nothing_worse(text: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        _VAULT.open(text, _PLACE)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "text",
    ["\ud800", "v1.k1.\udfff", "v1.\udfff.AAAA", "v2" + _SEALED[2:], "v1.k1." + "A" * 10**6],
    ids=["half", "half of a text", "half of an id", "another version", "long"],
)
def test_odd_sealed_texts_are_unreadable(text: str) -> None:
    with pytest.raises(UnreadableError):
        _VAULT.open(text, _PLACE)


def test_a_secret_does_not_show(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("sk_test_hidden")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger(__name__).info("%s %r %s", secret, secret, [secret])
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", repr([secret]), str({"key": secret})]
    assert "hidden" not in "".join([*shown, caplog.text])


def test_a_secret_has_nothing_that_json_or_pickle_by_accident_would_read() -> None:
    assert not hasattr(Secret("sk_test_hidden"), "__dict__")
