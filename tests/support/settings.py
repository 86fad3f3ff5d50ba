"""Reads settings like a program with these variables."""

import os
from collections.abc import Mapping
from unittest.mock import patch

import pytest

import settings
from settings import SettingError, Settings


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Returns the settings of an environment; raises SettingError."""
    with patch.dict(os.environ, environ, clear=True):
        return settings.read_settings()


def read(**given: str) -> Settings:
    """The settings of these variables, without their prefix."""
    return read_settings({f"DRAWBRIDGE_{name}": value for name, value in given.items()})


def mistakes(**given: str) -> str:
    """The sentences that refuse these variables."""
    with pytest.raises(SettingError) as caught:
        read(**given)
    return str(caught.value)
