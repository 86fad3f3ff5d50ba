"""Settings are read from the environment, and each mistake there gets a one-sentence error."""

from pathlib import Path

import pytest

from settings import VARIABLES
from settings.base import Group
from settings.docs import PAGE, with_tables
from tests.support.servers import environment, run_program
from tests.support.settings import mistakes, read, read_settings

_KEYS = "k1:bm90IGEga2V5LCBidXQgaXQgbXVzdCBub3Qgc2hvdw=="

_COMMON = set(Group.model_fields)
_ORIGINS = {"https://app.example.com", "http://127.0.0.1:3000"}


def test_all_settings_have_defaults_for_development() -> None:
    settings = read_settings({"PATH": "/bin", "HOST": "not ours"})
    assert (settings.serving.env, settings.production) == ("development", False)
    assert settings.serving.address == "http://127.0.0.1:8000"
    assert settings.database.data_dir == Path("data")
    assert settings.database.sqlite_path == Path("data/drawbridge.sqlite3")
    assert settings.database.encryption_keys is None
    assert settings.stripe.stripe_api_base is None
    assert settings.stripe.stripe_timeout_seconds == 10


def test_an_issuer_is_compared_character_by_character() -> None:
    issuer = "https://login.example.com/realm/"
    assert read(IDENTITY_ISSUER=issuer, IDENTITY_AUDIENCE="x").identity.identity_issuer == issuer


def test_production_is_production() -> None:
    assert read(ENV="production").production


def test_an_unknown_variable_is_refused_by_its_name() -> None:
    sentence = mistakes(ENCRYPTION_KEY=_KEYS)
    assert "DRAWBRIDGE_ENCRYPTION_KEY " in sentence
    assert _KEYS not in sentence


@pytest.mark.slow
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
    lines = mistakes(WORKERS="2", DATABASE_URL="sqlite:///x").splitlines()
    assert [line.split(".")[0] for line in lines] == [
        "DRAWBRIDGE_WORKERS must be 1 with SQLite, whose notifications reach one process",
        "DRAWBRIDGE_WORKERS must be 1 with the server's own sandbox, which runs in one process",
    ]


def test_the_sandbox_s_port_needs_a_sandbox_in_one_process() -> None:
    production = mistakes(ENV="production", SANDBOX_PORT="12111")
    assert production.startswith("DRAWBRIDGE_SANDBOX_PORT cannot be set in production")
    workers = mistakes(WORKERS="2", SANDBOX_PORT="0", DATABASE_URL="postgres://h/d", STRIPE_API_BASE="http://h/sandbox")
    assert workers == "DRAWBRIDGE_WORKERS must be 1 with DRAWBRIDGE_SANDBOX_PORT: the sandbox runs in one process."
    assert mistakes(SANDBOX_PORT="8000") == "DRAWBRIDGE_SANDBOX_PORT and DRAWBRIDGE_PORT must differ."
    assert read(SANDBOX_PORT="12111").serving.sandbox_address == "http://127.0.0.1:12111"
    assert read().serving.sandbox_address is None


def test_an_empty_value_counts_as_absent() -> None:
    assert read_settings(dict.fromkeys(VARIABLES, "")) == read_settings({})


def test_the_database_can_be_at_a_relative_or_an_absolute_path() -> None:
    assert read(DATABASE_URL="sqlite:///some/where.sqlite3").database.sqlite_path == Path("some/where.sqlite3")
    assert read(DATABASE_URL="sqlite:////var/where.sqlite3").database.sqlite_path == Path("/var/where.sqlite3")


def test_printing_the_settings_shows_no_key() -> None:
    settings = read(ENCRYPTION_KEYS=_KEYS)
    assert settings.database.encryption_keys is not None
    assert settings.database.encryption_keys.reveal() == _KEYS
    assert _KEYS.partition(":")[2] not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:9000"),  # noqa: S104 - nothing binds it
        ("::", "http://[::1]:9000"),
        ("::1", "http://[::1]:9000"),
        ("[::1]", "http://[::1]:9000"),
        ("localhost", "http://localhost:9000"),
    ],
)
def test_the_address_is_one_that_this_machine_reaches(host: str, address: str) -> None:
    assert read(ENV="production", HOST=host, PORT="9000").serving.address == address


@pytest.mark.slow
@pytest.mark.parametrize("given", ["IDENTITY_ISSUER", "IDENTITY_AUDIENCE"])
def test_an_issuer_without_an_audience_stops_the_start(tmp_path: Path, given: str) -> None:
    env = environment(tmp_path, **{given: "https://login.example.com"})
    done = run_program("server.py", env=env)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "DRAWBRIDGE_IDENTITY_ISSUER and DRAWBRIDGE_IDENTITY_AUDIENCE" in done.stderr


def test_defaults_depend_on_the_environment_unless_something_is_set() -> None:
    development, production = read(), read(ENV="production", GRAPHIQL="yes", LOG_FORMAT="text")
    assert (development.limits.introspection, production.limits.introspection) == ("everyone", "viewers")
    assert (development.pages.graphiql, read(ENV="production").pages.graphiql, production.pages.graphiql) == (
        True,
        False,
        True,
    )
    assert (read(ENV="production").operating.log_format, production.operating.log_format) == ("json", "text")


@pytest.mark.slow
def test_data_lies_in_the_working_directory_wherever_the_program_lies(
    tmp_path: Path,
) -> None:
    env = {name: value for name, value in environment(tmp_path, DATABASE_URL="").items() if "DATA_DIR" not in name}
    done = run_program("cli.py", "migrate", env=env, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in (tmp_path / "data").glob("*.sqlite3")] == ["drawbridge.sqlite3"]


@pytest.mark.slow
def test_a_data_folder_that_cannot_be_one_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = run_program("server.py", env=environment(tmp_path, DATA_DIR=str(file)))
    assert (done.returncode, done.stderr) == (2, "DRAWBRIDGE_DATA_DIR cannot be used: Not a directory.\n")


def test_the_page_of_settings_is_generated_from_them() -> None:
    page = PAGE.read_text()
    assert page == with_tables(page), "run `make settings-page`"
    assert all(page.count(f"| `{name}` |") == 1 for name in VARIABLES)
