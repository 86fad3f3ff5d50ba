"""The server raises its limit of open files to the system's maximum, because each socket needs one."""

import resource
from pathlib import Path

import pytest

from tests.support.servers import AS_OPERATOR, running_server

pytestmark = pytest.mark.slow

_FEW = 512


@pytest.mark.usefixtures("sqlite")
def test_a_server_may_open_as_many_files_as_the_system_allows_at_most(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FEW, hard))  # the server inherits it
    try:
        with running_server(tmp_path, AS_OPERATOR) as server:
            assert resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
