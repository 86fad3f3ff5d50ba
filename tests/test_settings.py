"""Settings: what the environment gives, and the sentence for what it gives wrongly."""

from pathlib import Path

import pytest

from kit.secret import Secret
from settings import SettingError, Settings, read_settings
from tests.support.servers import ROOT, environment, run_program

_KEYS = "k1:bm90IGEga2V5LCBidXQgaXQgbXVzdCBub3Qgc2hvdw=="

_ORIGINS = {"https://app.example.com", "http://127.0.0.1:3000"}


def _read(**given: str) -> Settings:
    return read_settings({f"DRAWBRIDGE_{name}": value for name, value in given.items()})


def _sentence(**given: str) -> str:
    with pytest.raises(SettingError) as caught:
        _read(**given)
    return str(caught.value)


def test_all_settings_have_defaults_for_development() -> None:
    settings = read_settings({"PATH": "/bin", "HOST": "not ours"})
    assert (settings.env, settings.production) == ("development", False)
    assert settings.address == "http://127.0.0.1:8000"
    assert settings.data_dir == ROOT / "data"
    assert settings.database_path == ROOT / "data/drawbridge.sqlite3"
    assert settings.encryption_keys is None
    assert settings.stripe_api_base is None
    assert settings.stripe_timeout_seconds == 10


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ENV", "production", "production"),
        ("HOST", "192.0.2.1", "192.0.2.1"),
        ("PORT", "65535", 65535),
        ("DATA_DIR", "/var/lib/drawbridge", Path("/var/lib/drawbridge")),
        ("DATABASE_URL", "sqlite:///here.sqlite3", Secret("sqlite:///here.sqlite3")),
        ("DATABASE_URL", " postgres://u:p@h:1/d?sslmode=require\n", Secret("postgres://u:p@h:1/d?sslmode=require")),
        ("DATABASE_TIMEOUT_SECONDS", "0.5", 0.5),
        ("DATABASE_CONNECTIONS", "2", 2),
        ("WORKERS", "64", 64),
        ("ENCRYPTION_KEYS", _KEYS, Secret(_KEYS)),
        ("MAX_COST", "100", 100),
        ("CLIENT_TIMEOUT_SECONDS", "15", 15),
        ("INTROSPECTION", "nobody", "nobody"),
        ("STRIPE_API_BASE", "https://stripe.example/base/", "https://stripe.example/base"),
        ("STRIPE_TIMEOUT_SECONDS", "2.5", 2.5),
        ("ALLOWED_HOSTS", "a.example.com, [2001:DB8::1],192.0.2.1", {"a.example.com", "2001:db8::1", "192.0.2.1"}),
        ("ALLOWED_ORIGINS", "https://app.example.com,http://127.0.0.1:3000", _ORIGINS),
        ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,::1", ("127.0.0.1", "10.0.0.0/8", "::1")),
        ("FAILED_AUTHENTICATIONS_PER_MINUTE", "1", 1),
        ("KEY_CHECKS_PER_MINUTE", "100000", 100_000),
        ("IDENTITY_ISSUER", "https://login.example.com/realm/", "https://login.example.com/realm/"),
        ("IDENTITY_ALGORITHMS", "ES256, EdDSA", ("ES256", "EdDSA")),
        ("IDENTITY_CREATE_ORGANIZATIONS", "yes", True),
        ("IDENTITY_SCOPES", "a=b=READ+CONFIGURE,", {"a=b": {"READ", "CONFIGURE"}}),
    ],
)
def test_each_variable_is_read(name: str, text: str, value: object) -> None:
    assert getattr(_read(**{name: text}), name.lower()) == value


def test_production_is_production() -> None:
    assert _read(ENV="production").production


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ENV", "staging"),
        ("ENV", "Production"),
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "9" * 5000),
        ("DATABASE_URL", "mysql://user:hunter2@db.example/drawbridge"),
        ("DATABASE_URL", "postgres://user:hunter2@db.example"),
        ("DATABASE_URL", "postgres://user:hunter2@db.example/"),
        ("DATABASE_URL", "postgres://user:hunter2@db.example:0/drawbridge"),
        ("DATABASE_URL", "postgres://user:hunter2@db.example:port/drawbridge"),
        ("DATABASE_URL", "postgres://user:hunter2@db.example/drawbridge#part"),
        ("DATABASE_TIMEOUT_SECONDS", "0.4"),
        ("DATABASE_CONNECTIONS", "1"),
        ("WORKERS", "0"),
        ("DATABASE_URL", "sqlite://host/hunter2"),
        ("DATABASE_URL", "sqlite:hunter2"),
        ("DATABASE_URL", "hunter2.sqlite3"),
        ("DATABASE_URL", "sqlite:///hunter2?mode=ro"),
        ("DATABASE_URL", "sqlite:///hunter2#part"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:////"),
        ("MAX_TOKENS", "2001"),
        ("MAX_BODY_BYTES", "1MiB"),
        ("CLIENT_TIMEOUT_SECONDS", "16"),
        ("INTROSPECTION", "hunter2"),
        ("STRIPE_API_BASE", "hunter2.example"),
        ("STRIPE_API_BASE", "ftp://hunter2.example"),
        ("STRIPE_API_BASE", "https://"),
        ("STRIPE_API_BASE", "http://[hunter2"),
        ("STRIPE_API_BASE", "http://hunter2.example:99999"),
        ("STRIPE_TIMEOUT_SECONDS", "soon"),
        ("STRIPE_TIMEOUT_SECONDS", "0"),
        ("STRIPE_TIMEOUT_SECONDS", "-1"),
        ("STRIPE_TIMEOUT_SECONDS", "61"),
        ("STRIPE_TIMEOUT_SECONDS", "nan"),
        ("STRIPE_TIMEOUT_SECONDS", "inf"),
        ("ALLOWED_HOSTS", "https://hunter2.example"),
        ("ALLOWED_HOSTS", "hunter2.example:8000"),
        ("ALLOWED_HOSTS", "*.hunter2.example"),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "null"),
        ("ALLOWED_ORIGINS", "hunter2.example"),
        ("ALLOWED_ORIGINS", "https://hunter2.example/"),
        ("ALLOWED_ORIGINS", "https://hunter2.example:443"),
        ("ALLOWED_ORIGINS", "https://Hunter2.example"),
        ("ALLOWED_ORIGINS", "https://me@hunter2.example"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "hunter2.example"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("FAILED_AUTHENTICATIONS_PER_MINUTE", "0"),
        ("KEY_CHECKS_PER_MINUTE", "0"),
        ("IDENTITY_ISSUER", "http://hunter2.example"),
        ("IDENTITY_ISSUER", "hunter2"),
        ("IDENTITY_ISSUER", "https:///hunter2"),
        ("IDENTITY_ISSUER", "https://hunter2.example/a b"),
        ("IDENTITY_JWKS_URL", "file:///hunter2"),
        ("IDENTITY_ALGORITHMS", "none"),
        ("IDENTITY_ALGORITHMS", "RS256,HS256"),
        ("IDENTITY_ALGORITHMS", ","),
        ("IDENTITY_LEEWAY_SECONDS", "61"),
        ("IDENTITY_CREATE_ORGANIZATIONS", "true"),
        ("IDENTITY_SCOPES", "hunter2=ADMIN"),
        ("IDENTITY_SCOPES", "hunter2"),
        ("IDENTITY_SCOPES", "=READ"),
        ("IDENTITY_SCOPES", "hunter2=READ,hunter2=CONFIGURE"),
    ],
)
def test_an_unusable_value_is_told_in_a_line_that_names_the_variable_and_not_the_value(name: str, text: str) -> None:
    sentence = _sentence(**{name: text})
    assert sentence.startswith(f"DRAWBRIDGE_{name} ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "hunter2" not in sentence
    assert len(sentence) < 300


def test_an_unknown_variable_is_refused_by_its_name() -> None:
    sentence = _sentence(ENCRYPTION_KEY=_KEYS)
    assert "DRAWBRIDGE_ENCRYPTION_KEY" in sentence
    assert _KEYS not in sentence


def test_an_empty_value_counts_as_absent() -> None:
    names = ("ENV", "HOST", "PORT", "DATA_DIR", "DATABASE_URL", "ENCRYPTION_KEYS", "STRIPE_API_BASE")
    assert _read(**dict.fromkeys(names, "")) == read_settings({})


def test_the_database_can_be_at_a_relative_or_an_absolute_path() -> None:
    assert _read(DATABASE_URL="sqlite:///some/where.sqlite3").database_path == ROOT / "some/where.sqlite3"
    assert _read(DATABASE_URL="sqlite:////var/where.sqlite3").database_path == Path("/var/where.sqlite3")


def test_printing_the_settings_shows_no_key() -> None:
    settings = _read(ENCRYPTION_KEYS=_KEYS)
    assert settings.encryption_keys is not None
    assert settings.encryption_keys.reveal() == _KEYS
    assert _KEYS.partition(":")[2] not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:9000"),  # noqa: S104 - not a bind
        ("::", "http://[::1]:9000"),
        ("::1", "http://[::1]:9000"),
        ("localhost", "http://localhost:9000"),
    ],
)
def test_the_address_is_one_that_this_machine_reaches(host: str, address: str) -> None:
    assert _read(HOST=host, PORT="9000").address == address


@pytest.mark.parametrize("given", ["IDENTITY_ISSUER", "IDENTITY_AUDIENCE"])
def test_an_issuer_without_an_audience_stops_the_start(tmp_path: Path, given: str) -> None:
    env = environment(tmp_path, **{given: "https://login.example.com"})
    done = run_program("server.py", env=env)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "DRAWBRIDGE_IDENTITY_ISSUER and DRAWBRIDGE_IDENTITY_AUDIENCE" in done.stderr
