"""Reads all settings from the environment, and reports all mistakes in it at once."""

import os
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from settings.base import PREFIX, Group, variable
from settings.errors import OtherValueError, SettingError
from settings.form import form_of
from settings.groups import GROUPS, Settings

VARIABLES = frozenset(variable(name) for group in GROUPS.values() for name in group.model_fields)


def read_settings() -> Settings:
    """The settings in the environment; raises SettingError."""
    mistakes = list(_unknown_variables())
    groups: dict[str, Any] = {}
    for name, group in GROUPS.items():
        try:
            groups[name] = group()
        except ValidationError as error:
            mistakes += _mistakes(group, error)
    if len(groups) == len(GROUPS):
        settings = Settings(**groups)
        mistakes += settings.contradictions()
        if not mistakes:
            return settings
    raise SettingError(dict.fromkeys(mistakes))  # each group reads ENV


def _unknown_variables() -> Iterator[str]:
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in VARIABLES:
            yield f"{name} is not a setting. See docs/settings.md."


def _mistakes(group: type[Group], error: ValidationError) -> Iterator[str]:
    """A sentence for each mistake, without the value."""
    fields = {variable(name): field for name, field in group.model_fields.items()}
    for mistake in error.errors(include_url=False, include_input=False):
        if not mistake["loc"]:  # of the group as a whole
            yield str(mistake["ctx"]["error"])
        elif mistake["type"] != "default_factory_not_called":  # because ENV is unusable
            name = str(mistake["loc"][0])
            cause = mistake.get("ctx", {}).get("error")
            known = f" {cause}" if isinstance(cause, OtherValueError) else ""
            yield f"{name} must be {form_of(fields[name])}.{known}"
