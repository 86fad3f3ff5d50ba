"""deploy/drawbridge.service is valid, and the commands of docs/operating.md install it and deploy with it."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.vault import new_key
from settings import VARIABLES
from tests.support.client import Client
from tests.support.readme import commands, run_commands
from tests.support.secrecy import keep
from tests.support.servers import AS_OPERATOR, ROOT, RunningServer, running_server
from tests.support.waiting import PATIENCE

_UNIT = (ROOT / "deploy" / "drawbridge.service").read_text()
_EXAMPLE = (ROOT / "deploy" / "drawbridge.env.example").read_text()
_KEY = keep(new_key().reveal())
_FUNCTION = re.findall(r"^drawbridge\(\) .*$", commands("useradd"), re.MULTILINE)[0]


@dataclass(frozen=True, slots=True)
class _Machine:
    """A folder in place of an operator's machine, and the output of the installation."""

    folder: Path
    printed: str

    def replaced(self, block: str) -> dict[str, str]:
        """The replacements for the paths in a block. The machine has a single user."""
        own = {
            " -o drawbridge": "",
            "/opt/drawbridge/.venv/bin/python": sys.executable,
            "/opt/drawbridge": str(ROOT),
            "/etc/": f"{self.folder}/etc/",
            "/var/": f"{self.folder}/var/",
        }
        return {shown: path for shown, path in own.items() if shown in block}

    def run(self, block: str) -> str:
        """Runs a block of the page; returns its output."""
        block = f"{_FUNCTION}\n{block}"
        return run_commands(block, self.replaced(block), self._stand_ins())

    def _stand_ins(self) -> str:
        """Stubs for commands that change a machine; they change its folder. `sudoedit` enters the encryption key."""
        typed = f"s|^DRAWBRIDGE_ENCRYPTION_KEYS=|&{_KEY}|; s|=/var/|={self.folder}/var/|"
        return f"""
            useradd() {{ mkdir -p "$4"; }}
            sudoedit() {{ sed -i -e '{typed}' "$1"; }}
            git() {{ echo "git $*"; }}
            make() {{ echo "make $*"; }}
        """

    def text(self, name: str) -> str:
        """The text of an installed file below /etc."""
        return (self.folder / "etc" / name).read_text()

    def adapted(self, text: str) -> str:
        """Returns the text with the machine's paths."""
        for shown, own in {**self.replaced(text), "/var/": f"{self.folder}/var/"}.items():
            text = text.replace(shown, own)
        return text


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> _Machine:
    """A machine on which the page's installation commands have been run."""
    folder = tmp_path_factory.mktemp("machine")
    (folder / "etc" / "systemd" / "system").mkdir(parents=True)
    return _Machine(folder, _Machine(folder, "").run(commands("useradd")))


def test_installing_migrates_issues_a_token_and_starts_the_unit(machine: _Machine) -> None:
    applied, token, started = machine.printed.splitlines()
    assert applied.startswith("Applied ")
    assert keep(token).startswith("drawbridge_")
    assert started == "systemctl enable --now drawbridge"
    assert (machine.folder / "etc" / "drawbridge.env").stat().st_mode & 0o777 == 0o600


@pytest.fixture(scope="module")
def started(machine: _Machine) -> Iterator[RunningServer]:
    """A server with the settings of the unit, on a port of its own like an instance."""
    given = dict(re.findall(r"^DRAWBRIDGE_(\w+)=(.+)$", machine.text("drawbridge.env"), re.MULTILINE))
    folder = Path(given["DATA_DIR"])
    given["DATABASE_URL"] = f"sqlite:///{folder}/drawbridge.sqlite3"  # the default, regardless of other tests' database
    with running_server(folder, AS_OPERATOR, **given) as server:
        yield server


async def test_what_the_unit_starts_takes_the_token(machine: _Machine, started: RunningServer) -> None:
    client = Client(started.address, machine.printed.splitlines()[1])
    assert (await client.result("{ viewer { name } }"))["name"] == "Administrator"
    assert f"python {ROOT}/server.py" in machine.adapted(_values("ExecStart")[0]).replace(sys.executable, "python")


def test_a_deploy_restarts_one_server_after_the_other_once_it_is_ready(
    machine: _Machine, started: RunningServer
) -> None:
    port = str(started.settings.serving.port)
    block = commands("for port in").replace("8001 8002", f"{port} {port}")
    assert machine.run(block).count(f'systemctl restart drawbridge@{port}\n{{"status":"ready"}}') == 2


def test_the_backup_and_restore_that_it_shows_work_on_it(machine: _Machine) -> None:
    machine.run(commands("drawbridge backup"))
    copy = machine.folder / "var" / "backups" / "drawbridge" / "monday.sqlite3"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.parent.stat().st_mode & 0o777 == 0o700
    assert machine.run(commands("drawbridge.sqlite3-wal")).split() == [
        *("systemctl", "stop", "drawbridge"),
        *("systemctl", "start", "drawbridge"),
    ]
    assert (machine.folder / "var/lib/drawbridge/drawbridge.sqlite3").read_bytes() == copy.read_bytes()


def _values(name: str) -> list[str]:
    """The unit's values of an option."""
    return re.findall(rf"^{name}=(.*)$", _UNIT, re.MULTILINE)


def test_the_unit_agrees_with_the_page_and_with_how_long_stopping_takes() -> None:
    assert _values("ExecStart") == ["/opt/drawbridge/.venv/bin/python /opt/drawbridge/server.py"]
    assert _values("EnvironmentFile") == ["/etc/drawbridge.env"]
    assert _values("Documentation") == ["file:///opt/drawbridge/docs/operating.md"]
    assert _values("User") == ["drawbridge"]
    assert "/var/lib/" + _values("StateDirectory")[0] in commands("useradd")
    assert _values("Environment") == ["DRAWBRIDGE_PORT=%i"]
    assert (_values("KillMode"), _values("TimeoutStopSec")) == (["mixed"], ["30"])


@pytest.mark.parametrize("name", ["drawbridge.service", "drawbridge@8001.service"])
def test_systemd_finds_nothing_wrong_with_the_unit(machine: _Machine, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(machine.adapted(_UNIT))
    assert _judged("verify", "--man=no", str(tmp_path / name)) == ""
    _judged("security", "--offline=yes", "--threshold=20", str(tmp_path / name))


def _judged(*arguments: str) -> str:
    """The problems that systemd finds in a unit; empty if the machine has no systemd."""
    if not (program := shutil.which("systemd-analyze")):
        return ""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=PATIENCE, check=False)  # noqa: S603 - systemd's program
    assert done.returncode == 0, done
    return done.stderr


def test_the_example_names_settings_that_there_are() -> None:
    named = set(re.findall(r"^#?(DRAWBRIDGE_\w+)=", _EXAMPLE, re.MULTILINE))
    assert named <= VARIABLES
    assert {"DRAWBRIDGE_ENV", "DRAWBRIDGE_DATA_DIR", "DRAWBRIDGE_ENCRYPTION_KEYS"} <= named
