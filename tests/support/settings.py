"""Reads settings like a program with these variables."""

import os
import threading
from collections.abc import Mapping

import pytest

import settings
from settings import SettingError, Settings

_lock = threading.Lock()


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings in an environment; raises SettingError.

    Only these variables change meanwhile, and one thread at a time changes them: others start programs with the rest.
    """
    with _lock:
        before = {name: os.environ.get(name) for name in environ}
        os.environ.update(environ)
        try:
            return settings.read_settings()
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def read(**given: str) -> Settings:
    """The settings of these variables, without their prefix."""
    return read_settings({f"DRAWBRIDGE_{name}": value for name, value in given.items()})


def mistakes(**given: str) -> str:
    """The sentences that refuse these variables."""
    with pytest.raises(SettingError) as caught:
        read(**given)
    return str(caught.value)
