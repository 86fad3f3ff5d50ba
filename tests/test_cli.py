"""The commands of cli.py, run as separate processes."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models import Organization
from tests.support.client import Client
from tests.support.databases import opened, settings_in
from tests.support.documents import TOKENS
from tests.support.secrecy import keep
from tests.support.servers import ROOT, RunningServer, environment, run_program

pytestmark = pytest.mark.slow

_Refused = dict[tuple[str, ...], subprocess.CompletedProcess[str]]

_VIEWER = "{ viewer { name scopes organization { name } } }"
_ISSUE = ("token", "issue", "--organization", "Cli", "--scope", "READ")
_COMMANDS = [
    (),
    ("serve",),
    ("migrate",),
    ("backup",),
    ("rotate-keys",),
    ("export-schema",),
    ("token",),
    ("token", "issue"),
]
# Commands that are refused, and a text in their error message.
_NONSENSE: dict[tuple[str, ...], str] = {
    (): "--help",
    ("nonsense",): "nonsense",
    ("backup",): "FILE",
    _ISSUE: "--name",
    (*_ISSUE[:2], "--name", "X"): "--organization",
    (*_ISSUE, "--name", "X", "--scope", "EVERYTHING"): "EVERYTHING",
    (*_ISSUE, "--name", "X", "--expires-in", "soon"): "--expires-in",
    (*_ISSUE, "--name", "X", "--expires-in", "0"): "--expires-in",
    (*_ISSUE, "--name", " "): "100 characters",
    (*_ISSUE, "--name", "a\nb"): "line breaks",
}


def _cli(data_dir: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return run_program("cli.py", *arguments, env=environment(data_dir, **changes))


def _issue(server: RunningServer, *arguments: str) -> Client:
    done = _cli(server.settings.database.data_dir, "token", "issue", *arguments)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"(Created organization “.*”\.\n)?", done.stderr)
    assert re.fullmatch(r"drawbridge_[0-9A-Za-z]{49}\n", done.stdout)
    return Client(server.address, keep(done.stdout.strip()))


def _refused(done: subprocess.CompletedProcess[str]) -> str:
    """The only line on standard error of a refused command."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert re.fullmatch(r"[A-Z].*[.]\n", done.stderr), done.stderr
    return done.stderr


async def test_a_token_is_printed_alone_and_works_at_once_on_the_running_server(server: RunningServer) -> None:
    arguments = ("--organization", "Newly made", "--name", "Partner", "--scope", "READ", "--scope", "MANAGE_TOKENS")
    viewer = await _issue(server, *arguments).result(_VIEWER)
    assert viewer == {
        "name": "Partner",
        "scopes": ["READ", "MANAGE_TOKENS"],
        "organization": {"name": "Newly made"},
    }


def test_a_name_that_is_taken_is_refused_in_a_sentence(server: RunningServer) -> None:
    _issue(server, *_ISSUE[2:], "--name", "Twice")
    assert "Twice" in _refused(_cli(server.settings.database.data_dir, *_ISSUE, "--name", "Twice"))


async def test_expires_in_sets_when_a_token_ends(server: RunningServer) -> None:
    arguments = ("--organization", "Expiring", "--name", "Month", "--scope", "MANAGE_TOKENS", "--expires-in", "30")
    (token,) = (await _issue(server, *arguments).result(TOKENS))["nodes"]
    left = datetime.fromisoformat(token["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)


async def test_a_token_without_expires_in_never_ends(server: RunningServer) -> None:
    arguments = ("--organization", "Lasting", "--name", "Ever", "--scope", "MANAGE_TOKENS")
    (token,) = (await _issue(server, *arguments).result(TOKENS))["nodes"]
    assert token["expiresAt"] is None


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> _Refused:
    """The result of each command of `_NONSENSE`. They run concurrently because starting Python is slow."""
    with ThreadPoolExecutor() as pool:
        done = pool.map(lambda arguments: _cli(tmp_path_factory.mktemp("cli"), *arguments), _NONSENSE)
        return dict(zip(_NONSENSE, done, strict=True))


@pytest.mark.parametrize(("arguments", "told"), _NONSENSE.items())
def test_what_makes_no_sense_is_refused_in_a_line(refused: _Refused, arguments: tuple[str, ...], told: str) -> None:
    assert told in _refused(refused[arguments])


def test_a_refusal_names_nothing_of_the_program_s_inside(refused: _Refused) -> None:
    assert not [done.stderr for done in refused.values() if "_days" in done.stderr]


@pytest.mark.usefixtures("engine")
async def test_a_refused_token_leaves_no_organization_behind(tmp_path: Path) -> None:
    _refused(_cli(tmp_path, *_ISSUE, "--name", " "))
    async with opened(settings_in(tmp_path)):
        assert await Organization.all() == []


def test_every_command_has_help(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda command: _cli(tmp_path, *command, "--help"), _COMMANDS))
    assert [(each.returncode, each.stderr) for each in done] == [(0, "")] * len(_COMMANDS)
    usages = [f"usage: {' '.join(['cli.py', *command])} [-h]" for command in _COMMANDS]
    assert [each.stdout[: len(usage)] for each, usage in zip(done, usages, strict=True)] == usages


@pytest.mark.usefixtures("engine")
def test_migrate_makes_the_database_and_then_finds_it_up_to_date(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there" / "yet"
    first, second = _cli(folder, "migrate"), _cli(folder, "migrate")
    assert (first.returncode, first.stderr, first.stdout[:7]) == (0, "", "Applied")
    assert (second.returncode, second.stderr, second.stdout) == (0, "", "The database is up to date.\n")


@pytest.mark.parametrize("arguments", [(), ("there.graphql",)])
def test_export_schema_writes_what_is_committed(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run_program("cli.py", "export-schema", *arguments, env=environment(tmp_path), folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (file,) = tmp_path.iterdir()
    assert file.name == (*arguments, "schema.graphql")[0]
    assert file.read_bytes() == (ROOT / "schema.graphql").read_bytes()


def test_a_file_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    assert "No such file or directory" in _refused(_cli(tmp_path, "export-schema", str(tmp_path / "no" / "file")))


def test_an_unusable_setting_is_told_in_a_sentence(tmp_path: Path) -> None:
    assert "DRAWBRIDGE_PORT" in _refused(_cli(tmp_path, "serve", PORT="http"))
