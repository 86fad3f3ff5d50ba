"""Errors that the operator can correct; each text is one sentence and holds no secret."""


class SettingError(Exception):
    """A setting is missing, unknown or has an unusable value."""


class StartupError(Exception):
    """The server cannot start with these settings in this state."""
