"""The base of all groups of settings. A field is named like its variable: `max_depth` is DRAWBRIDGE_MAX_DEPTH."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "DRAWBRIDGE_"

T = TypeVar("T")


def variable(name: str) -> str:
    """The environment variable of a field."""
    return PREFIX + name.upper()


def by_environment(*, development: T, production: T) -> Callable[[dict[str, Any]], T]:
    """A default that depends on DRAWBRIDGE_ENV, as a `default_factory`."""
    return lambda fields: production if fields["env"] == "production" else development


class Group(BaseSettings):
    """Settings that are used together. Each group knows the environment, since defaults depend on it."""

    model_config = SettingsConfigDict(
        alias_generator=variable,
        case_sensitive=True,
        env_ignore_empty=True,
        enable_decoding=False,  # lists are separated by commas, not written as JSON
        frozen=True,
        hide_input_in_errors=True,  # it may be a secret
        validate_default=False,
    )

    env: Literal["development", "production"] = Field(
        default="development",
        description="Production generates no keys or tokens, applies no migrations, and has no sandbox.",
    )

    @property
    def production(self) -> bool:
        return self.env == "production"
