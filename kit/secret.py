"""A string that must not be printed or logged."""

import re
from dataclasses import dataclass, field

# Prefixes of API tokens and of Stripe's keys and codes: a user may paste one where a name belongs.
_SECRET = re.compile(r"(?<![A-Za-z])(drawbridge|sk|rk|rkcs|pk|whsec|ac)_", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Secret:
    """Wraps a secret, so that printing, logging or formatting it does not reveal it."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Returns the secret. Use it only to seal the secret or to send it to Stripe."""
        return self._text

    def stripped(self) -> "Secret":
        """The secret without surrounding white space, which pasting may add."""
        return Secret(self._text.strip())


def looks_secret(text: str) -> bool:
    """Whether a text holds the beginning of a secret."""
    return _SECRET.search(text) is not None
