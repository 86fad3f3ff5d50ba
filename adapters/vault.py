"""Seals secrets before they are stored: AES-256-GCM, bound to the place that they are stored in.

A sealed secret reads `v1.KEY_ID.BASE64URL(nonce ‖ ciphertext ‖ tag)`. The associated data names organization, owner
and field, so that a ciphertext moved to another row or column does not open.
"""

import base64
import binascii
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kit.secret import Secret

_KEY_BYTES = 32
_NONCE_BYTES = 12
_REMEMBERED = 10_000
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
# 32 random bytes have 16 or fewer distinct values less than once in 10^10 times: a key that does was typed, not made.
_MIN_DISTINCT_BYTES = 17

HOW_TO_MAKE_A_KEY = (
    "Make one with: python3 -c 'import base64, os; print(\"k1:\" + base64.b64encode(os.urandom(32)).decode())'"
)


class WeakKeyError(ValueError):
    """An encryption key is missing, malformed or guessable; the text says which and how to make one."""


class UnreadableError(Exception):
    """A sealed secret does not open: damaged, moved, or sealed with a key that this vault lacks."""


class KeyMissingError(UnreadableError):
    """A sealed secret may well be sound: the key that it was sealed with is not here. The text names the key's id."""


@dataclass(frozen=True, slots=True)
class EncryptionContext:
    """Where a sealed secret is stored: ids of organization and owning row, and the field's name."""

    organization: str
    owner: str
    field: str

    def associated_data(self) -> bytes:
        """Unambiguous, since ids and field names have no line breaks."""
        return f"{self.organization}\n{self.owner}\n{self.field}".encode()


class Vault:
    """Holds the encryption keys. The first one seals, all of them open."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        """Takes 32-byte keys by id, the one that seals first; raises WeakKeyError."""
        if not keys:
            raise WeakKeyError(f"There is no encryption key. {HOW_TO_MAKE_A_KEY}")
        for key_id, key in keys.items():
            _refuse_weak(key_id, key)
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._sealing_id = next(iter(keys))
        self.is_damaged = lru_cache(_REMEMBERED)(self._is_damaged)
        """Whether a text does not open at a place, and it is not for want of a key; that never changes, so it is
        looked at once."""

    @classmethod
    def from_text(cls, text: Secret) -> Self:
        """Reads `id:base64,id:base64,…`; raises WeakKeyError, whose text never holds a key."""
        keys: dict[str, bytes] = {}
        for part in filter(None, (part.strip() for part in text.reveal().split(","))):
            key_id, colon, encoded = part.partition(":")
            if not colon or not _KEY_ID.fullmatch(key_id):  # what has no id may be a key: it is not quoted
                raise WeakKeyError(f"An encryption key has no id before a colon. {HOW_TO_MAKE_A_KEY}")
            if key_id in keys:
                raise WeakKeyError(f"The encryption key id {key_id!r} is used twice.")
            keys[key_id] = _decoded(encoded)
        return cls(keys)

    def seal(self, secret: Secret, place: EncryptionContext) -> str:
        """The secret as it may be stored at `place`."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._ciphers[self._sealing_id]
        sealed = nonce + cipher.encrypt(nonce, secret.reveal().encode(), place.associated_data())
        return f"v1.{self._sealing_id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, place: EncryptionContext) -> Secret:
        """The secret that was sealed for `place`; raises UnreadableError, or KeyMissingError."""
        key_id = key_id_of(sealed)
        if key_id is not None and key_id not in self._ciphers:
            raise KeyMissingError(f"A secret is sealed with the key {key_id}, which this server lacks.")
        try:
            version, key_id, encoded = sealed.split(".")
            if version != "v1":
                raise UnreadableError
            data = base64.b64decode(encoded, altchars=b"-_", validate=True)
            if base64.urlsafe_b64encode(data).decode() != encoded:
                raise UnreadableError  # two spellings of one ciphertext: the unused bits of the last character differ
            cipher = self._ciphers[key_id]
            opened = cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], place.associated_data())
        except (ValueError, KeyError, InvalidTag):
            raise UnreadableError from None
        return Secret(opened.decode())

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys, the one that seals first."""
        return tuple(self._ciphers)

    def opens(self, sealed: str, place: EncryptionContext) -> bool:
        """Whether `open` would succeed."""
        try:
            self.open(sealed, place)
        except UnreadableError:
            return False
        return True

    def _is_damaged(self, sealed: str, place: EncryptionContext) -> bool:
        try:
            self.open(sealed, place)
        except KeyMissingError:
            return False  # another server has rotated the keys, and this one is not told yet
        except UnreadableError:
            return True
        return False


def key_id_of(sealed: str) -> str | None:
    """The id of the key that a text says it was sealed with; None where it is no sealed text."""
    version, _, rest = sealed.partition(".")
    key_id = rest.partition(".")[0]
    return key_id if version == "v1" and _KEY_ID.fullmatch(key_id) else None


def new_key() -> Secret:
    """A fresh key in the form that `Vault.from_text` reads."""
    return Secret(f"k1:{base64.b64encode(os.urandom(_KEY_BYTES)).decode()}")


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise WeakKeyError(f"An encryption key is not base64. {HOW_TO_MAKE_A_KEY}") from None


def _refuse_weak(key_id: str, key: bytes) -> None:
    if len(key) != _KEY_BYTES or len(set(key)) < _MIN_DISTINCT_BYTES:
        raise WeakKeyError(f"The encryption key {key_id!r} is not 32 random bytes. {HOW_TO_MAKE_A_KEY}")
