"""All settings, read from the environment once. server.py and cli.py read them; everything else is handed values."""

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from starlette.config import Config

from adapters.secret import Secret

PREFIX = "DRAWBRIDGE_"
STRIPE_ITSELF = "https://api.stripe.com"
_POSTGRES_SCHEMES = ("postgres", "postgresql")
_OF_THE_SANDBOX = "the sandbox's in development, none in production"


N = TypeVar("N", int, float)


class SettingError(Exception):
    """A setting is missing or of no use; the text is a sentence for the operator and holds no secret."""


def _environment(text: str) -> str:
    if text not in {"development", "production"}:
        raise ValueError
    return text


def _folder(text: str) -> Path:
    """Absolute, so that a command finds the same from wherever it is run."""
    return Path(__file__).parent / text


def _between(kind: type[N], least: N, most: N) -> Callable[[str], N]:
    """Reads a number of a range, its ends included."""

    def cast(text: str) -> N:
        number = kind(text)
        if not least <= number <= most:
            raise ValueError
        return number

    return cast


def _database_url(text: str) -> Secret:
    """A URL that may hold a password."""
    url = urlsplit(text.strip())  # reading the port checks it
    if url.scheme in _POSTGRES_SCHEMES:
        usable = url.port != 0 and len(url.path) > 1 and not url.fragment
    else:
        names_file = url.path.startswith("/") and not url.path.endswith("/")
        usable = url.scheme == "sqlite" and names_file and not (url.netloc or url.query or url.fragment)
    if not usable:
        raise ValueError
    return Secret(text.strip())


def _http_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.port == 0:  # reading the port checks it
        raise ValueError
    return text.rstrip("/")


def _secret(text: str) -> Secret:
    return Secret(text.strip())  # mounted files end in a line break


def _client_id(text: str) -> str:
    if not text.strip().startswith("ca_"):
        raise ValueError
    return text.strip()


def _return_urls(text: str) -> frozenset[str]:
    urls = frozenset(filter(None, (part.strip() for part in text.split(","))))
    for url in map(urlsplit, urls):
        if url.scheme not in {"http", "https"} or not url.hostname or not url.path or url.query or url.fragment:
            raise ValueError
    return urls


def _setting(cast: Callable[[str], Any], default: str | None, shown: str, help_: str) -> Any:  # noqa: ANN401 - as dataclasses.field
    return field(metadata={"cast": cast, "default": default, "shown": shown, "help": help_})


@dataclass(frozen=True, slots=True)
class Settings:
    """One field per variable; each says what it is for, and the README's table is compared with it."""

    env: str = _setting(
        _environment,
        "development",
        "`development`",
        "`development` or `production`. Production makes no keys or tokens by itself, does not migrate, and has no "
        "sandbox.",
    )
    host: str = _setting(str, "127.0.0.1", "`127.0.0.1`", "The address to listen on.")
    port: int = _setting(_between(int, 1, 65535), "8000", "`8000`", "The port to listen on, from 1 to 65535.")
    data_dir: Path = _setting(
        _folder,
        "data",
        "`data`",
        "The folder of the SQLite database and of what development makes by itself; relative to the project's folder.",
    )
    database_url: Secret | None = _setting(
        _database_url,
        None,
        "`drawbridge.sqlite3` in `DATA_DIR`",
        "The database: `sqlite:///relative/path`, to the project's folder, `sqlite:////absolute/path`, or "
        "`postgres://user:password@host:port/name`, with libpq's parameters, such as `?sslmode=verify-full`.",
    )
    database_timeout_seconds: float = _setting(
        _between(float, 0.5, 60), "10", "`10`", "How long to wait for the database, from 0.5 to 60 seconds."
    )
    database_connections: int = _setting(
        _between(int, 2, 100),
        "10",
        "`10`",
        "How many connections each process may have to PostgreSQL, from 2 to 100, besides one that listens.",
    )
    workers: int = _setting(
        _between(int, 1, 64),
        "1",
        "`1`",
        "How many processes serve, from 1 to 64. More than one needs PostgreSQL, and a Stripe that is not the sandbox "
        "of this server.",
    )
    encryption_keys: Secret | None = _setting(
        _secret,
        None,
        "made in `DATA_DIR` in development, required in production",
        "`id:base64,…`: 32 random bytes each. The first one seals, all of them open.",
    )
    public_url: str | None = _setting(
        _http_url,
        None,
        "the address that it listens on",
        "Where browsers and Stripe reach the server. `/stripe/callback` there is the redirect URI to register.",
    )
    return_urls: frozenset[str] = _setting(
        _return_urls,
        "",
        "`/console/` at `PUBLIC_URL` in development, none in production",
        "`https://app.example.com/stripe,…`: where Stripe's answers may be taken to. Origin and path match exactly.",
    )
    stripe_api_base: str | None = _setting(
        _http_url,
        None,
        "the sandbox in development, Stripe in production",
        "Where Stripe's API and its OAuth pages are; `https://api.stripe.com` stands for Stripe itself.",
    )
    stripe_timeout_seconds: float = _setting(
        _between(float, 0.1, 60), "10", "`10`", "How long to wait for Stripe, retries included: 0.1 to 60."
    )

    stripe_auth_ttl_seconds: float = _setting(
        _between(float, 1, 86_400),
        "600",
        "`600`",
        "How long a user has to approve access at Stripe, from 1 second to a day.",
    )
    stripe_live_secret_key: Secret | None = _setting(
        _secret, None, _OF_THE_SANDBOX, "The platform's secret key of live mode: `sk_live_…` or `rk_live_…`."
    )
    stripe_live_client_id: str | None = _setting(
        _client_id, None, _OF_THE_SANDBOX, "The platform's client id of live mode: `ca_…`."
    )
    stripe_live_webhook_secret: Secret | None = _setting(
        _secret, None, _OF_THE_SANDBOX, "The signing secret of the Connect endpoint of live mode: `whsec_…`."
    )
    stripe_test_secret_key: Secret | None = _setting(
        _secret, None, _OF_THE_SANDBOX, "The platform's secret key of test mode: `sk_test_…` or `rk_test_…`."
    )
    stripe_test_client_id: str | None = _setting(
        _client_id, None, _OF_THE_SANDBOX, "The platform's client id of test mode: `ca_…`."
    )
    stripe_test_webhook_secret: Secret | None = _setting(
        _secret, None, _OF_THE_SANDBOX, "The signing secret of the Connect endpoint of test mode: `whsec_…`."
    )

    @property
    def production(self) -> bool:
        """Whether nothing may be made up."""
        return self.env == "production"

    @property
    def address(self) -> str:
        """Where this machine reaches the server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - not a bind
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def uses_sandbox(self) -> bool:
        """Whether what stands for Stripe is the sandbox, this server's own or another's."""
        return not self.production and self.stripe_api_base != STRIPE_ITSELF

    @property
    def public_address(self) -> str:
        """Where others reach the server."""
        return self.public_url or self.address

    @property
    def postgres_url(self) -> Secret | None:
        """Where PostgreSQL is; None if the database is an SQLite file."""
        url = self.database_url
        return url if url and urlsplit(url.reveal()).scheme in _POSTGRES_SCHEMES else None

    @property
    def database_path(self) -> Path:
        """The SQLite file, if that is what the database is."""
        if self.database_url is None or self.postgres_url is not None:
            return self.data_dir / "drawbridge.sqlite3"
        return _folder(unquote(urlsplit(self.database_url.reveal()).path).removeprefix("/"))


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that the environment gives; raises SettingError."""
    known = {variable(setting) for setting in fields(Settings)}
    if unknown := sorted(name for name in environ if name.startswith(PREFIX) and name not in known):
        raise SettingError(f"There is no setting {unknown[0]}. See the table in the README.")
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
