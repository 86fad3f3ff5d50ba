"""All settings, read from the environment once. server.py and cli.py read them; everything else is handed values."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from typing import Any

from starlette.config import Config

from settings.access import AccessSettings
from settings.database import DatabaseSettings
from settings.errors import SettingError, StartupError
from settings.identity import IdentitySettings
from settings.limits import LimitSettings
from settings.operating import OperatingSettings
from settings.pages import PageSettings
from settings.serving import ServingSettings
from settings.stripe import STRIPE_ITSELF, StripeSettings

__all__ = ["PREFIX", "STRIPE_ITSELF", "SettingError", "Settings", "StartupError", "read_settings", "variable"]

PREFIX = "DRAWBRIDGE_"


@dataclass(frozen=True)
class Settings(
    StripeSettings,
    LimitSettings,
    DatabaseSettings,
    OperatingSettings,
    PageSettings,
    IdentitySettings,
    AccessSettings,
    ServingSettings,
):
    """One field per variable; each says what it is for, and docs/settings.md is compared with it."""

    @property
    def log_form(self) -> str:
        """How logs are written, `json` or `text`."""
        return self.log_format or ("json" if self.production else "text")

    @property
    def serves_graphiql(self) -> bool:
        """Whether GraphiQL is served, where nobody has said."""
        return not self.production if self.graphiql is None else self.graphiql

    @property
    def allowed_return_urls(self) -> frozenset[str]:
        """Where Stripe's answers may be taken to: to the server's own pages, and to those of others."""
        pages = [page for page, served in (("console", self.console), ("graphiql", self.serves_graphiql)) if served]
        addresses = {self.public_address}
        if not self.production and self.public_url is None:
            addresses.add(f"http://localhost:{self.port}")
        return self.return_urls | {f"{address}/{page}/" for address in addresses for page in pages}

    @property
    def uses_sandbox(self) -> bool:
        """Whether what stands for Stripe is the sandbox, this server's own or another's."""
        return not self.production and self.stripe_api_base != STRIPE_ITSELF


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that the environment gives; raises SettingError."""
    known = {variable(setting) for setting in fields(Settings)}
    if unknown := sorted(name for name in environ if name.startswith(PREFIX) and name not in known):
        raise SettingError(f"There is no setting {unknown[0]}. See docs/settings.md.")
    config = Config(environ={name: value for name, value in environ.items() if value})
    return Settings(**{setting.name: _read(config, setting) for setting in fields(Settings)})


def variable(setting: Field[Any]) -> str:
    """The environment variable of a setting."""
    return PREFIX + setting.name.upper()


def _read(config: Config, setting: Field[Any]) -> Any:  # noqa: ANN401 - each setting has its own type
    try:
        return config(variable(setting), cast=setting.metadata["cast"], default=setting.metadata["default"])
    except ValueError:
        raise SettingError(f"{variable(setting)} is not usable. {setting.metadata['help']}") from None
