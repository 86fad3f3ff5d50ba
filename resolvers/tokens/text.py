"""The text of a token: `drawbridge_`, 43 random characters, then 6 of checksum.

The prefix lets secret scanners find a leaked token. The checksum detects a typo without a database query.
"""

import hashlib
import re
import secrets
import string
import zlib

from kit.secret import Secret

_PREFIX = "drawbridge_"
_ALPHABET = string.digits + string.ascii_letters
_RANDOM_LENGTH = 43  # of 62 characters each: 256 bits
_CHECKSUM_LENGTH = 6  # enough for 32 bits
_FORM = re.compile(rf"{_PREFIX}([0-9A-Za-z]{{{_RANDOM_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})")


def new_token() -> Secret:
    """A fresh token."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    return Secret(_PREFIX + random + _checksum(random))


def is_our_own(token: Secret) -> bool:
    """Whether the text has the prefix of this server's tokens, and so is not one of the identity provider's."""
    return token.reveal().startswith(_PREFIX)


def is_token(token: Secret) -> bool:
    """Whether the text has a token's form and its checksum is right."""
    form = _FORM.fullmatch(token.reveal())
    return form is not None and _checksum(form[1]) == form[2]


def hash_of(token: Secret) -> str:
    """The hash that is stored, in hexadecimal. A fast hash is enough for 256 random bits."""
    return hashlib.sha256(token.reveal().encode()).hexdigest()


def mask(token: Secret) -> str:
    """The displayed form: `drawbridge_…` and the last four characters."""
    return f"{_PREFIX}…{token.reveal()[-4:]}"


def _checksum(random: str) -> str:
    """CRC-32 (RFC 1952) in base 62, zero-padded."""
    number, digits = zlib.crc32(random.encode()), ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits.rjust(_CHECKSUM_LENGTH, _ALPHABET[0])
