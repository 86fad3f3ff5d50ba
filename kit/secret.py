"""A string that must not be printed or logged."""

import re
from dataclasses import dataclass, field

# Prefixes of API tokens and of Stripe's keys and codes: a user may paste one where a name belongs.
_SECRET = re.compile(r"(?<![A-Za-z])(drawbridge|sk|rk|rkcs|pk|whsec|absec|ac|rt)_", re.IGNORECASE)
# Characters without a shape: soft hyphen, joiners, zero-width spaces, marks of direction, byte order mark.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
# Blanks of all kinds, and the quotes and separators around a value in a file.
_AROUND = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\"'`,;\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"
# A variable's name before a value. Base64 may end with "=", so a value has to follow.
_ASSIGNED = re.compile(r"(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*=(?=[\s\"'`\u2018\u201c]*[A-Za-z0-9])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Secret:
    """Wraps a secret, so that printing, logging or formatting it does not reveal it."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Returns the secret. Use it only to seal the secret or to send it to Stripe."""
        return self._text

    def cleaned(self) -> "Secret":
        """The secret without what copying it from a file or a page adds.

        These are invisible characters anywhere, and blanks, quotes and `NAME=` or `export NAME=` around it.
        """
        text = _INVISIBLE.sub("", self._text).strip(_AROUND)
        if name := _ASSIGNED.match(text):
            text = text[name.end() :].strip(_AROUND)
        return Secret(text)


def looks_secret(text: str) -> bool:
    """Whether a text holds the beginning of a secret."""
    return _SECRET.search(text) is not None
