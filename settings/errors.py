"""Errors that the operator can correct. Each mistake is one sentence without any secret."""

from collections.abc import Iterable


class SettingError(Exception):
    """Settings are missing, unknown, unusable or contradictory. The text has a line for each mistake."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        super().__init__("\n".join(mistakes))


class OtherValueError(ValueError):
    """A value that is known to be something else. The text is a sentence that says what, without the value."""


class StartupError(Exception):
    """The server cannot start with these settings in this state."""
