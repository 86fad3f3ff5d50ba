"""Encrypts stored secrets with AES-256-GCM (NIST SP 800-38D), bound to the field that they are stored in.

The format is `v1.KEY_ID.BASE64URL(nonce ‖ ciphertext ‖ tag)`. The associated data is organization, owner and field,
so a ciphertext that is copied to another row or column cannot be decrypted.
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
_CACHE_SIZE = 10_000
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
# 32 random bytes have 16 or fewer distinct values with a probability below 10^-10: such a key was typed by hand.
_MIN_DISTINCT_BYTES = 17

HOW_TO_MAKE_A_KEY = (
    "Make one with: python3 -c 'import base64, os; print(\"k1:\" + base64.b64encode(os.urandom(32)).decode())'"
)


class WeakKeyError(ValueError):
    """An encryption key is missing, malformed or guessable. The message says which, and how to generate one."""


class UnreadableError(Exception):
    """A secret cannot be decrypted: it is damaged, was moved, or its key is not configured."""


class KeyMissingError(UnreadableError):
    """The key that a secret was sealed with is not configured. The message names the key's id."""


@dataclass(frozen=True, slots=True)
class EncryptionContext:
    """The location of a sealed secret: the ids of the organization and the owning row, and the field's name."""

    organization: str
    owner: str
    field: str

    def associated_data(self) -> bytes:
        """Joins the parts unambiguously, because ids and field names contain no line breaks."""
        return f"{self.organization}\n{self.owner}\n{self.field}".encode()


class Vault:
    """Seals with the first of its 32-byte keys and opens with any. Raises WeakKeyError when constructed."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys:
            raise WeakKeyError(f"There is no encryption key. {HOW_TO_MAKE_A_KEY}")
        for key_id, key in keys.items():
            _refuse_weak(key_id, key)
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._sealing_id = next(iter(keys))
        self.is_damaged = lru_cache(_CACHE_SIZE)(self._is_damaged)
        """Whether a text cannot be opened although its key is configured. Cached, because the result never changes."""

    @classmethod
    def from_text(cls, text: Secret) -> Self:
        """Parses `id:base64,id:base64,…`; raises WeakKeyError, whose message never contains a key."""
        keys: dict[str, bytes] = {}
        for part in filter(None, (part.strip() for part in text.reveal().split(","))):
            key_id, colon, encoded = part.partition(":")
            if not colon or not _KEY_ID.fullmatch(key_id):  # not quoted, because it may be a key
                raise WeakKeyError(f"An encryption key has no id before a colon. {HOW_TO_MAKE_A_KEY}")
            if key_id in keys:
                raise WeakKeyError(f"The encryption key id {key_id!r} is used twice.")
            keys[key_id] = _decoded(encoded)
        return cls(keys)

    def seal(self, secret: Secret, place: EncryptionContext) -> str:
        """Encrypts a secret for storage at `place`."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._ciphers[self._sealing_id]
        sealed = nonce + cipher.encrypt(nonce, secret.reveal().encode(), place.associated_data())
        return f"v1.{self._sealing_id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, place: EncryptionContext) -> Secret:
        """Decrypts a secret that was sealed for `place`; raises UnreadableError or KeyMissingError."""
        key_id = key_id_of(sealed)
        if key_id is not None and key_id not in self._ciphers:
            raise KeyMissingError(f"A secret is sealed with the key {key_id}, which is not configured on this server.")
        try:
            version, key_id, encoded = sealed.split(".")
            if version != "v1":
                raise UnreadableError
            data = base64.b64decode(encoded, altchars=b"-_", validate=True)
            if base64.urlsafe_b64encode(data).decode() != encoded:
                raise UnreadableError  # non-canonical base64: unused bits of the last character are set
            cipher = self._ciphers[key_id]
            opened = cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], place.associated_data())
        except (ValueError, KeyError, InvalidTag):
            raise UnreadableError from None
        return Secret(opened.decode())

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys, starting with the sealing key."""
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
            return False  # another server may already use a newer key
        except UnreadableError:
            return True
        return False


def key_id_of(sealed: str) -> str | None:
    """Returns the key id in a sealed text, or None if the text is not sealed."""
    version, _, rest = sealed.partition(".")
    key_id = rest.partition(".")[0]
    return key_id if version == "v1" and _KEY_ID.fullmatch(key_id) else None


def new_key() -> Secret:
    """Generates a key in the format that `Vault.from_text` parses."""
    return Secret(f"k1:{base64.b64encode(os.urandom(_KEY_BYTES)).decode()}")


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise WeakKeyError(f"An encryption key is not base64. {HOW_TO_MAKE_A_KEY}") from None


def _refuse_weak(key_id: str, key: bytes) -> None:
    if len(key) != _KEY_BYTES or len(set(key)) < _MIN_DISTINCT_BYTES:
        raise WeakKeyError(f"The encryption key {key_id!r} is not 32 random bytes. {HOW_TO_MAKE_A_KEY}")
