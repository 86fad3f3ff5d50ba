"""Reads settings like a program with these variables."""

import os
from collections.abc import Mapping
from unittest.mock import patch

import settings
from settings import Settings


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Returns the settings of an environment; raises SettingError."""
    with patch.dict(os.environ, environ, clear=True):
        return settings.read_settings()
