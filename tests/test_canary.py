"""The canary: a server does not start with keys that cannot decrypt its stored data."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models import Canary
from startup.database import open_database
from tests.support.actions import add_integration
from tests.support.encryption import encryption_key
from tests.support.organizations import new_tenant
from tests.support.servers import environment, run_program, running_server

pytestmark = pytest.mark.slow

_OLD, _NEW, _OTHER = encryption_key("old"), encryption_key("new"), encryption_key("other")
_NAMESAKE = encryption_key("old")
_ISSUE = ("cli.py", "token", "issue", "--organization", "Acme", "--name", "Partner", "--scope", "READ")
_STARTS = [("server.py",), ("cli.py", "serve"), ("cli.py", "rotate-keys"), _ISSUE]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, engine: str) -> Path:  # noqa: ARG001 - one per database
    """The data folder of a server that used the old key."""
    folder = tmp_path_factory.mktemp("canary")
    with running_server(folder, ENCRYPTION_KEYS=_OLD):
        return folder


def _run(folder: Path, keys: str, *program: str) -> subprocess.CompletedProcess[str]:
    return run_program(*program, env=environment(folder, ENCRYPTION_KEYS=keys))


def _refusal(folder: Path, keys: str, *program: str) -> str:
    done = _run(folder, keys, *program)
    assert (done.returncode, done.stdout) == (2, ""), done
    assert done.stderr.count("\n") == 1, done.stderr
    assert not [key for key in (_OLD, _NEW, _OTHER, _NAMESAKE) if key.partition(":")[2] in done.stderr]
    return done.stderr


def test_wrong_keys_stop_every_start_by_naming_the_right_one(folder: Path) -> None:
    with ThreadPoolExecutor() as pool:
        sentences = list(pool.map(lambda program: _refusal(folder, f"{_NEW},{_OTHER}", *program), _STARTS))
    assert len(set(sentences)) == 1
    for part in ("DRAWBRIDGE_ENCRYPTION_KEYS", "(new, other)", "the key old"):
        assert part in sentences[0]


def test_another_key_of_the_same_id_is_wrong_too(folder: Path) -> None:
    assert "another key with the id old" in _refusal(folder, _NAMESAKE, "server.py")


@pytest.mark.usefixtures("sqlite")
async def test_a_database_from_before_there_were_canaries_refuses_wrong_keys(tmp_path: Path) -> None:
    with running_server(tmp_path, ENCRYPTION_KEYS=_OLD) as server:
        await add_integration((await new_tenant(server)).client)
    async with open_database(server.settings):
        assert await Canary.all().delete() == 1
    assert "the key old" in _refusal(tmp_path, _NEW, "server.py")
    assert _run(tmp_path, f"{_NEW},{_OLD}", "cli.py", "rotate-keys", "--dry-run").returncode == 0
    assert "the key new" in _refusal(tmp_path, _OTHER, "server.py")


@pytest.mark.usefixtures("sqlite")
def test_a_new_key_may_come_first_and_the_old_one_go_once_a_rotation_is_done(tmp_path: Path) -> None:
    both = f"{_NEW},{_OLD}"
    with running_server(tmp_path, ENCRYPTION_KEYS=_OLD):
        pass
    assert _run(tmp_path, both, "cli.py", "rotate-keys", "--dry-run").returncode == 0
    assert "the key old" in _refusal(tmp_path, _NEW, "server.py")
    assert _run(tmp_path, both, "cli.py", "rotate-keys").returncode == 0
    with running_server(tmp_path, ENCRYPTION_KEYS=_NEW):
        pass
