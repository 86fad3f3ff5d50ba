"""Reads settings like a program with these variables."""

import os
import threading
from collections.abc import Mapping

import pytest

import settings
from settings import SettingError, Settings

_lock = threading.Lock()


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings with these variables besides the process's own; raises SettingError.

    Meanwhile os.environ is another mapping, because other threads may be reading the process's own.
    """
    with _lock:
        before = os.environ
        os.environ = before | environ  # type: ignore[assignment]  # noqa: B003 - no child needs them
        try:
            return settings.read_settings()
        finally:
            os.environ = before  # noqa: B003


def read(**given: str) -> Settings:
    """The settings of these variables, without their prefix."""
    return read_settings({f"DRAWBRIDGE_{name}": value for name, value in given.items()})


def mistakes(**given: str) -> str:
    """The sentences that refuse these variables."""
    with pytest.raises(SettingError) as caught:
        read(**given)
    return str(caught.value)
