"""A crash writes no encryption keys to disk: core dumps are off."""

import resource
import sys
from pathlib import Path

import pytest

from tests.support.servers import AS_OPERATOR, ROOT, environment, run_program, running_server

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sqlite")]


@pytest.fixture(autouse=True)
def allowed() -> None:
    """Programs that the tests start may dump core, as far as this machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


def test_a_server_cannot_dump_core(tmp_path: Path) -> None:
    with running_server(tmp_path, AS_OPERATOR) as server:
        assert resource.prlimit(server.process.pid, resource.RLIMIT_CORE) == (0, 0)


def test_a_command_cannot_dump_core(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import atexit, resource, runpy, sys\n"
        "atexit.register(lambda: print(resource.getrlimit(resource.RLIMIT_CORE)))\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        f"sys.argv = ['cli.py', 'migrate']\n"
        f"runpy.run_path({str(ROOT / 'cli.py')!r}, run_name='__main__')\n"
    )
    assert sys.executable
    done = run_program(str(program), env=environment(tmp_path))
    assert done.stdout.splitlines()[-1] == "(0, 0)", done


def test_the_unit_and_the_containers_agree() -> None:
    assert "\nLimitCORE=0\n" in (ROOT / "deploy" / "drawbridge.service").read_text()
    assert "\n  ulimits:\n    core: 0 " in (ROOT / "compose.yaml").read_text()
