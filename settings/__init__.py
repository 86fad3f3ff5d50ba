"""All settings, read from the environment once. server.py and cli.py read them and hand each group to its users."""

from settings.base import variable
from settings.errors import SettingError, StartupError
from settings.groups import Settings
from settings.reading import VARIABLES, read_settings
from settings.stripe import STRIPE_ITSELF

__all__ = [
    "STRIPE_ITSELF",
    "VARIABLES",
    "SettingError",
    "Settings",
    "StartupError",
    "read_settings",
    "variable",
]
