"""The error for a database that cannot be opened is one sentence, without the password."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import own_port
from tests.support.postgres import Postgres, own_postgres
from tests.support.servers import environment, run_program

pytestmark = [pytest.mark.usefixtures("sqlite"), pytest.mark.slow]
_PASSWORD = "hunter2"


def _refusal(data_dir: Path, command: str, **changes: str) -> str:
    """The only line on standard error of a refused command."""
    done = run_program("cli.py", command, env=environment(data_dir, **changes))
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert re.fullmatch(r"[A-Z].*[.]\n", done.stderr), done.stderr
    assert _PASSWORD not in done.stderr
    return done.stderr


def test_a_data_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    _refusal(tmp_path / "file" / "data", "migrate")


@pytest.mark.parametrize("command", ["migrate", "serve"])
def test_a_file_that_is_no_database_is_told_in_a_sentence(tmp_path: Path, command: str) -> None:
    (tmp_path / "drawbridge.sqlite3").write_text("This is a letter, not a database.\n" * 100)
    _refusal(tmp_path, command)


@pytest.mark.parametrize("command", ["migrate", "serve"])
@pytest.mark.parametrize("path", ["/dev/null", "/dev/full", "{0}", "{0}/pipe", "{0}/link"])
def test_what_is_no_regular_file_is_told_in_a_sentence(tmp_path: Path, path: str, command: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    path = path.format(tmp_path)
    sentence = _refusal(tmp_path, command, DATABASE_URL=f"sqlite:///{path}")
    assert sentence == f"The database must be a regular file, which {path} is not.\n"


@pytest.mark.parametrize("path", ["/proc/none", "{0}/none/x", "{0}/file/x", "{0}/loop", "{0}/" + 300 * "x"])
def test_a_file_that_cannot_be_created_is_told_in_a_sentence(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    assert "cannot be opened" in _refusal(tmp_path, "migrate", DATABASE_URL=f"sqlite:///{path.format(tmp_path)}")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server that requires a password."""
    with own_postgres() as running:
        yield running


def test_a_postgresql_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    url = f"postgres://user:{_PASSWORD}@127.0.0.1:{own_port()}/drawbridge"
    assert "PostgreSQL" in _refusal(tmp_path, "serve", DATABASE_URL=url)


@pytest.mark.parametrize("command", ["migrate", "serve"])
def test_a_wrong_password_is_told_in_a_sentence(tmp_path: Path, postgres: Postgres, command: str) -> None:
    url = re.sub("//.*@", f"//drawbridge:{_PASSWORD}@", postgres.url("there"))
    assert "InvalidPassword" in _refusal(tmp_path, command, DATABASE_URL=url)


def test_a_database_that_was_not_made_is_told_in_a_sentence(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.url("there").replace("/there", "/elsewhere")
    assert "elsewhere" in _refusal(tmp_path, "migrate", DATABASE_URL=url)


def test_several_workers_on_sqlite_are_refused_with_the_reason(tmp_path: Path) -> None:
    assert "one process" in _refusal(tmp_path, "serve", WORKERS="2", STRIPE_API_BASE="https://api.stripe.com")


def test_several_workers_with_a_sandbox_of_their_own_are_refused_with_the_reason(
    tmp_path: Path, postgres: Postgres
) -> None:
    assert "sandbox" in _refusal(tmp_path, "serve", WORKERS="2", DATABASE_URL=postgres.url("workers"))
