"""A text that must not be seen."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """Holds a secret in memory; printing, logging or formatting it shows nothing."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """The text itself: for sealing it, for calling Stripe with it, for nothing else."""
        return self._text

    def stripped(self) -> "Secret":
        """The same without white space at its ends, which pasting adds."""
        return Secret(self._text.strip())
