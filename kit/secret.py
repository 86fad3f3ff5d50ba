"""A string that must not be printed or logged."""

from dataclasses import dataclass, field


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
