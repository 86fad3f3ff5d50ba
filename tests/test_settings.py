"""Settings: the values that are read from the environment, and the sentence for each mistake in it."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from kit.secret import Secret
from settings import VARIABLES, SettingError, Settings
from settings.base import Group
from settings.docs import PAGE, with_tables
from settings.groups import GROUPS
from tests.support.servers import environment, run_program
from tests.support.settings import read_settings

_KEYS = "k1:bm90IGEga2V5LCBidXQgaXQgbXVzdCBub3Qgc2hvdw=="

_COMMON = set(Group.model_fields)
_ORIGINS = {"https://app.example.com", "http://127.0.0.1:3000"}


def _read(**given: str) -> Settings:
    return read_settings({f"DRAWBRIDGE_{name}": value for name, value in given.items()})


def _sentence(**given: str) -> str:
    with pytest.raises(SettingError) as caught:
        _read(**given)
    return str(caught.value)


def _value(name: str, text: str) -> object:
    """The value of the field that belongs to a variable."""
    settings = _read(**{name: text})
    (group,) = (title for title, group in GROUPS.items() if name.lower() in set(group.model_fields) - _COMMON)
    return getattr(getattr(settings, group), name.lower())


def test_all_settings_have_defaults_for_development() -> None:
    settings = read_settings({"PATH": "/bin", "HOST": "not ours"})
    assert (settings.serving.env, settings.production) == ("development", False)
    assert settings.serving.address == "http://127.0.0.1:8000"
    assert settings.database.data_dir == Path("data")
    assert settings.database.sqlite_path == Path("data/drawbridge.sqlite3")
    assert settings.database.encryption_keys is None
    assert settings.stripe.stripe_api_base is None
    assert settings.stripe.stripe_timeout_seconds == 10


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("HOST", "192.0.2.1", "192.0.2.1"),
        ("HOST", "[::1]", "::1"),
        ("HOST", "0:0:0:0:0:0:0:0", "::"),
        ("HOST", "Node-1.example.com", "node-1.example.com"),
        ("HOST", "drawbridge_1", "drawbridge_1"),
        ("PUBLIC_URL", "https://api.example.com:8443/drawbridge/", "https://api.example.com:8443/drawbridge"),
        ("PUBLIC_URL", "http://[2001:db8::1]", "http://[2001:db8::1]"),
        ("PORT", "0", 0),
        ("PORT", "65535", 65535),
        ("DATA_DIR", "/var/lib/drawbridge", Path("/var/lib/drawbridge")),
        ("DATABASE_URL", "sqlite:///here.sqlite3", Secret("sqlite:///here.sqlite3")),
        ("DATABASE_URL", " postgres://u:p@h:1/d?sslmode=require\n", Secret("postgres://u:p@h:1/d?sslmode=require")),
        ("DATABASE_TIMEOUT_SECONDS", "0.5", 0.5),
        ("DATABASE_CONNECTIONS", "2", 2),
        ("ENCRYPTION_KEYS", _KEYS, Secret(_KEYS)),
        ("MAX_COST", "100", 100),
        ("CLIENT_TIMEOUT_SECONDS", "15", 15),
        ("INTROSPECTION", "nobody", "nobody"),
        ("STRIPE_API_BASE", "https://stripe.example/base/", "https://stripe.example/base"),
        ("STRIPE_TIMEOUT_SECONDS", "2.5", 2.5),
        ("ALLOWED_HOSTS", "a.example.com, [2001:DB8::1],192.0.2.1", {"a.example.com", "2001:db8::1", "192.0.2.1"}),
        ("ALLOWED_ORIGINS", "https://app.example.com,http://127.0.0.1:3000", _ORIGINS),
        ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,::1", tuple(map(ip_network, ("127.0.0.1", "10.0.0.0/8", "::1")))),
        ("FAILED_AUTHENTICATIONS_PER_MINUTE", "1", 1),
        ("KEY_CHECKS_PER_MINUTE", "100000", 100_000),
        ("IDENTITY_JWKS_URL", "https://login.example.com/keys/?x", "https://login.example.com/keys/?x"),
        ("IDENTITY_ALGORITHMS", "ES256, EdDSA", ("ES256", "EdDSA")),
        ("IDENTITY_CREATE_ORGANIZATIONS", "yes", True),
        ("IDENTITY_CREATE_ORGANIZATIONS", "true", True),
        ("CONSOLE", "no", False),
        ("IDENTITY_SCOPES", "a=b=READ+CONFIGURE,", {"a=b": {"READ", "CONFIGURE"}}),
    ],
)
def test_each_variable_is_read(name: str, text: str, value: object) -> None:
    assert _value(name, text) == value


def test_an_issuer_is_compared_character_by_character() -> None:
    issuer = "https://login.example.com/realm/"
    assert _read(IDENTITY_ISSUER=issuer, IDENTITY_AUDIENCE="x").identity.identity_issuer == issuer


def test_production_is_production() -> None:
    assert _read(ENV="production").production


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ENV", "staging"),
        ("ENV", "Production"),
        ("HOST", "hunter2:8000"),
        ("HOST", "hunter2 "),
        ("HOST", "http://hunter2"),
        ("HOST", "hunter2..example"),
        ("HOST", "-hunter2"),
        ("HOST", "hunter2/24"),
        ("HOST", "ünter"),
        ("HOST", "h" * 64),
        ("HOST", "1.2.3"),
        ("HOST", "256.0.0.1"),
        ("HOST", "[::1"),
        ("HOST", "[127.0.0.1]"),
        ("HOST", "[[::1]]"),
        ("HOST", "::1%lo"),
        ("HOST", ":::"),
        ("PUBLIC_URL", "hunter2.example"),
        ("PUBLIC_URL", "https://me:hunter2@example.com"),
        ("PUBLIC_URL", "https://@example.com"),
        ("PUBLIC_URL", "https://example.com/?hunter2"),
        ("PUBLIC_URL", "https://example.com?"),
        ("PUBLIC_URL", "https://example.com/#hunter2"),
        ("PUBLIC_URL", "https://example.com/hunter2 x"),
        ("PUBLIC_URL", " https://hunter2.example"),
        ("PUBLIC_URL", "https://hunter2.example\n"),
        ("PUBLIC_URL", "https://hunter2.example\t/x"),
        ("PUBLIC_URL", "https://hunter2 .example"),
        ("PUBLIC_URL", "https://hünter2.example"),
        ("PUBLIC_URL", "https://hunter2..example"),
        ("PUBLIC_URL", "https://hunter2:"),
        ("PUBLIC_URL", "https://hunter2:0"),
        ("PUBLIC_URL", "https://hunter2:port"),
        ("PUBLIC_URL", "https://[hunter2"),
        ("PUBLIC_URL", "https://[hunter2]"),
        ("PUBLIC_URL", "https://[::1%25lo]"),
        ("PUBLIC_URL", "https://\\hunter2"),
        ("PUBLIC_URL", "javascript:hunter2"),
        ("PORT", "http"),
        ("PORT", "8000.5"),
        ("PORT", "-1"),
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
        ("DATABASE_URL", "sqlite:///hunter2%00"),
        ("DATABASE_URL", "postgres://[hunter2/drawbridge"),
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
        ("ALLOWED_HOSTS", "example.com,hunter2 example.com"),
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
        ("IDENTITY_ISSUER", "https://me:hunter2@example.com"),
        ("IDENTITY_ISSUER", "https://hunter2.example/?x"),
        ("IDENTITY_JWKS_URL", "https://me:hunter2@example.com"),
        ("IDENTITY_JWKS_URL", "file:///hunter2"),
        ("IDENTITY_ALGORITHMS", "none"),
        ("IDENTITY_ALGORITHMS", "RS256,HS256"),
        ("IDENTITY_ALGORITHMS", ","),
        ("IDENTITY_LEEWAY_SECONDS", "61"),
        ("IDENTITY_CREATE_ORGANIZATIONS", "maybe"),
        ("LOG_FORMAT", "hunter2"),
        ("METRICS_TOKEN", "hunter2"),
        ("STRIPE_LIVE_SECRET_KEY", "sk_test_hunter2"),
        ("STRIPE_LIVE_SECRET_KEY", "pk_live_hunter2"),
        ("STRIPE_TEST_SECRET_KEY", "rk_live_hunter2"),
        ("STRIPE_TEST_SECRET_KEY", "hunter2"),
        ("STRIPE_LIVE_CLIENT_ID", "hunter2"),
        ("STRIPE_AUTH_TTL_SECONDS", "0"),
        ("RETURN_URLS", "hunter2.example/x"),
        ("RETURN_URLS", "https://hunter2.example"),
        ("RETURN_URLS", "https://app.example.com/x,https://hunter2.example/x?y"),
        ("RETURN_URLS", "https://hunter2.example/x#y"),
        ("RETURN_URLS", "https://me:hunter2@example.com/x"),
        ("IDENTITY_SCOPES", "hunter2=ADMIN"),
        ("IDENTITY_SCOPES", "hunter2"),
        ("IDENTITY_SCOPES", "=READ"),
        ("IDENTITY_SCOPES", "hunter2=READ,hunter2=CONFIGURE"),
    ],
)
def test_an_unusable_value_gets_a_line_that_names_the_variable_and_not_the_value(name: str, text: str) -> None:
    sentence = _sentence(**{name: text})
    assert sentence.startswith(f"DRAWBRIDGE_{name} must be ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "hunter2" not in sentence
    assert len(sentence) < 300


def test_an_unknown_variable_is_refused_by_its_name() -> None:
    sentence = _sentence(ENCRYPTION_KEY=_KEYS)
    assert "DRAWBRIDGE_ENCRYPTION_KEY " in sentence
    assert _KEYS not in sentence


def test_all_mistakes_are_reported_at_once_and_the_programs_do_not_run(tmp_path: Path) -> None:
    wrong = {"ENV": "hunter2", "PORT": "hunter2", "MAX_DEPTH": "hunter2", "ENCRYPTION_KEY": _KEYS, "PROT": "1"}
    for program in (("server.py",), ("cli.py", "migrate")):
        done = run_program(*program, env=environment(tmp_path, **wrong))
        lines = done.stderr.splitlines()
        assert (done.returncode, done.stdout, len(lines)) == (2, "", len(wrong))
        assert {line.split()[0] for line in lines} == {f"DRAWBRIDGE_{name}" for name in wrong}
        assert "hunter2" not in done.stderr
        assert _KEYS not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_contradictions_are_reported_at_once() -> None:
    lines = _sentence(WORKERS="2", DATABASE_URL="sqlite:///x").splitlines()
    assert [line.split(".")[0] for line in lines] == [
        "DRAWBRIDGE_WORKERS must be 1 with SQLite, whose notifications reach one process",
        "DRAWBRIDGE_WORKERS must be 1 with the server's own sandbox, which runs in one process",
    ]


def test_an_empty_value_counts_as_absent() -> None:
    assert read_settings(dict.fromkeys(VARIABLES, "")) == read_settings({})


def test_the_database_can_be_at_a_relative_or_an_absolute_path() -> None:
    assert _read(DATABASE_URL="sqlite:///some/where.sqlite3").database.sqlite_path == Path("some/where.sqlite3")
    assert _read(DATABASE_URL="sqlite:////var/where.sqlite3").database.sqlite_path == Path("/var/where.sqlite3")


def test_printing_the_settings_shows_no_key() -> None:
    settings = _read(ENCRYPTION_KEYS=_KEYS)
    assert settings.database.encryption_keys is not None
    assert settings.database.encryption_keys.reveal() == _KEYS
    assert _KEYS.partition(":")[2] not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:9000"),  # noqa: S104 - not a bind
        ("::", "http://[::1]:9000"),
        ("::1", "http://[::1]:9000"),
        ("[::1]", "http://[::1]:9000"),
        ("localhost", "http://localhost:9000"),
    ],
)
def test_the_address_is_one_that_this_machine_reaches(host: str, address: str) -> None:
    assert _read(HOST=host, PORT="9000").serving.address == address


@pytest.mark.parametrize("given", ["IDENTITY_ISSUER", "IDENTITY_AUDIENCE"])
def test_an_issuer_without_an_audience_stops_the_start(tmp_path: Path, given: str) -> None:
    env = environment(tmp_path, **{given: "https://login.example.com"})
    done = run_program("server.py", env=env)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "DRAWBRIDGE_IDENTITY_ISSUER and DRAWBRIDGE_IDENTITY_AUDIENCE" in done.stderr


def test_defaults_depend_on_the_environment_unless_something_is_set() -> None:
    development, production = _read(), _read(ENV="production", GRAPHIQL="yes", LOG_FORMAT="text")
    assert (development.limits.introspection, production.limits.introspection) == ("everyone", "viewers")
    assert (development.pages.graphiql, _read(ENV="production").pages.graphiql, production.pages.graphiql) == (
        True,
        False,
        True,
    )
    assert (_read(ENV="production").operating.log_format, production.operating.log_format) == ("json", "text")


def test_data_lies_in_the_working_directory_wherever_the_program_lies(
    tmp_path: Path,
) -> None:
    env = {name: value for name, value in environment(tmp_path, DATABASE_URL="").items() if "DATA_DIR" not in name}
    done = run_program("cli.py", "migrate", env=env, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in (tmp_path / "data").glob("*.sqlite3")] == ["drawbridge.sqlite3"]


def test_a_data_folder_that_cannot_be_one_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = run_program("server.py", env=environment(tmp_path, DATA_DIR=str(file)))
    assert (done.returncode, done.stderr) == (2, "DRAWBRIDGE_DATA_DIR cannot be used: Not a directory.\n")


def test_the_page_of_settings_is_generated_from_them() -> None:
    page = PAGE.read_text()
    assert page == with_tables(page), "run `make settings-page`"
    assert all(page.count(f"| `{name}` |") == 1 for name in VARIABLES)
