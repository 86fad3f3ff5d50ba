"""Messages for users."""


def with_notes(message: str, *notes: str) -> str:
    """A message, followed by those notes that are not empty."""
    return " ".join([message, *filter(None, notes)])
