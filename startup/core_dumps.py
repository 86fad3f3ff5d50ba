"""Core dumps would write the encryption keys and the secrets in use to disk."""

import resource


def disable_core_dumps() -> None:
    """Disables them for this process and those that it starts. Call it before settings are read."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
