"""Dockerfile and compose.yaml, as far as they can be tested without Docker: the tests perform their steps."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from subprocess import PIPE

import pytest

from adapters.vault import Vault, new_key
from kit.secret import Secret
from settings import VARIABLES
from tests.support.ports import own_port
from tests.support.readme import commands, run_commands
from tests.support.secrecy import keep
from tests.support.servers import ROOT
from tests.support.waiting import PATIENCE

_DOCKERFILE = (ROOT / "Dockerfile").read_text()
_COMPOSE = (ROOT / "compose.yaml").read_text()
_BUILD, _, _RUN = re.split(r"^FROM ", _DOCKERFILE, flags=re.MULTILINE)[1:]
_IGNORED = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
# Private files that must not be in an image; the tests add them to the build context.
_PRIVATE = [".env", ".git/config", ".venv/bin/x", "data/encryption.keys", "encryption.keys", "tests/x.py", "x.env"]


def _steps(stage: str, instruction: str) -> list[str]:
    return re.findall(rf"^{instruction} (.*)$", stage, re.MULTILINE)


def _ignored(path: Path) -> bool:
    """Whether .dockerignore excludes a path or one of its parent folders."""
    parents = [path, *path.parents][:-1]
    return any(fnmatch(str(each), rule.replace("**/", "*")) for each in parents for rule in _IGNORED)


def _copy(context: Path, image: Path) -> None:
    """Copies the project's own files like the COPY instructions of the last stage."""
    for step in _steps(_RUN, "COPY"):
        *sources, target = step.split()
        if sources[0].startswith("--from"):
            continue
        for found in sorted(path for source in sources for path in context.glob(source)):
            _copy_one(context, found, image / target / (found.name if target.endswith("/") else ""))


def _copy_one(context: Path, source: Path, target: Path) -> None:
    for file in [source] if source.is_file() else [path for path in source.rglob("*") if path.is_file()]:
        if not _ignored(file.relative_to(context)):
            own = target / file.relative_to(source)
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, own)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder /drawbridge of the image, without its .venv."""
    context, image = tmp_path_factory.mktemp("context"), tmp_path_factory.mktemp("image")
    unwanted = shutil.ignore_patterns(".*", "data", "node_modules", "__pycache__")
    shutil.copytree(ROOT, context, ignore=unwanted, dirs_exist_ok=True)
    for name in _PRIVATE:
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_text("private")
    _copy(context, image)
    return image


def test_the_image_has_all_packages_and_nothing_private(image: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    folders = {path.name for path in image.iterdir() if path.is_dir()}
    assert folders == {*project["tool"]["importlinter"]["root_packages"], "console", "graphiql"}
    assert not [file for file in image.rglob("*") if file.is_file() and file.read_bytes() == b"private"]


def test_what_is_private_is_not_even_sent_to_the_builder() -> None:
    assert [name for name in _PRIVATE if not _ignored(Path(name))] == []
    assert not _ignored(Path("requirements/run.txt"))


@dataclass(frozen=True, slots=True)
class _Container:
    """The image's files and variables, with a data folder and a port for the tests."""

    image: Path
    variables: dict[str, str]

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        """Starts a command in exec form, with this Python instead of the image's."""
        assert command[0] == "python"
        line = [sys.executable, *command[1:]]
        return subprocess.Popen(line, env=self.variables, cwd=self.image, stdout=PIPE, stderr=PIPE, text=True)  # noqa: S603 - our own program

    def run(self, command: list[str]) -> tuple[int, str]:
        """Runs a command to its end; returns its exit code and output."""
        process = self.start(command)
        output, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, output


@pytest.fixture(scope="module")
def container(image: Path, tmp_path_factory: pytest.TempPathFactory) -> _Container:
    """A container without a running command."""
    shown = dict(pair.split("=", 1) for step in _steps(_RUN, "ENV") for pair in step.split())
    own = {
        "DRAWBRIDGE_DATA_DIR": str(tmp_path_factory.mktemp("volume")),
        "DRAWBRIDGE_PORT": str(own_port()),
        "DRAWBRIDGE_ENCRYPTION_KEYS": keep(new_key().reveal()),
    }
    return _Container(image, {**shown, **own, "PATH": os.environ["PATH"]})


def test_its_commands_migrate_serve_and_tell_of_its_health(container: _Container) -> None:
    (healthcheck,) = (json.loads(step.partition("CMD ")[2]) for step in _steps(_RUN, "HEALTHCHECK"))
    (command,) = (json.loads(step) for step in _steps(_RUN, "CMD"))
    migrate = json.loads(re.findall(r"command: (.*migrate.*)", _COMPOSE)[0])
    assert container.run(healthcheck)[0] == 1
    assert container.run(migrate)[1].startswith("Applied ")
    server = container.start(command)
    try:
        _wait_until_healthy(container, healthcheck, server)
    finally:
        server.terminate()
        server.communicate(timeout=PATIENCE)


def test_its_address_is_refused_in_development_and_this_machine_is_not(container: _Container, tmp_path: Path) -> None:
    changes = {"DRAWBRIDGE_ENV": "development", "DRAWBRIDGE_DATA_DIR": str(tmp_path)}
    opened = replace(container, variables=container.variables | changes)
    closed = replace(opened, variables=opened.variables | {"DRAWBRIDGE_HOST": "127.0.0.1"})
    assert [each.run(["python", "cli.py", "migrate"])[0] for each in (opened, closed)] == [2, 0]


def _wait_until_healthy(container: _Container, healthcheck: list[str], server: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while container.run(healthcheck)[0] != 0:
        assert server.poll() is None
        assert time.monotonic() < deadline


def test_dependencies_are_those_that_make_installs() -> None:
    (pip,) = (step for step in _steps(_BUILD, "RUN") if "pip" in step)
    assert pip.replace(".venv/bin/", "$(BIN)/") in (ROOT / "Makefile").read_text()
    assert "requirements/run.txt" in _steps(_BUILD, "COPY")[0]


def test_it_is_run_by_a_number_that_is_not_root_s_and_owns_the_volume() -> None:
    (user,) = _steps(_RUN, "USER")
    number = user.split(":")[0]
    assert number.isdecimal()
    assert int(number) > 0
    assert f"-o {number} " in _steps(_RUN, "RUN")[0]
    assert _steps(_RUN, "VOLUME") == ["/data"]
    assert "DRAWBRIDGE_DATA_DIR=/data" in _RUN


def test_compose_sets_settings_that_there_are_and_requires_the_secrets(tmp_path: Path) -> None:
    named = set(re.findall(r"^ +(DRAWBRIDGE_\w+): ", _COMPOSE, re.MULTILINE))
    assert named <= VARIABLES
    required = set(re.findall(r"\$\{(\w+):\?", _COMPOSE))
    block = "\n".join(line for line in commands("docker compose up").splitlines() if "docker" not in line)
    run_commands(f"cd '{tmp_path}'\n{block}", {})
    made = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    assert set(made) == required
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert made["POSTGRES_PASSWORD"].isalnum()
    Vault.from_text(Secret(made["DRAWBRIDGE_ENCRYPTION_KEYS"]))


def test_compose_gives_a_server_the_time_that_it_may_take_to_stop() -> None:
    server = _COMPOSE.partition("\n  drawbridge:\n")[2]
    assert "stop_grace_period: 30s" in server
    assert "condition: service_completed_successfully" in server
