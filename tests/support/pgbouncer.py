"""Runs PgBouncer with deploy/pgbouncer.ini, as an ordinary user, because it refuses to run as root."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from tests.support.ports import own_port
from tests.support.postgres_programs import give_away, unprivileged
from tests.support.servers import ROOT
from tests.support.waiting import PATIENCE

CONFIGURATION = (ROOT / "deploy" / "pgbouncer.ini").read_text()
_BINARY = Path(sys.executable).parent / "pgbouncer"


@contextmanager
def running_pgbouncer(url: str, mode: str = "session") -> Iterator[str]:
    """Runs PgBouncer in front of a database until the context exits. Returns the URL of the database through it."""
    # PgBouncer's user may not have access to pytest's folders or TMPDIR.
    with TemporaryDirectory(prefix="drawbridge-pgbouncer-", dir="/tmp") as name:
        folder, port, parts = Path(name), own_port(), urlsplit(url)
        (folder / "userlist.txt").write_text(f'"{parts.username}" "{parts.password}"\n')
        (folder / "pgbouncer.ini").write_text(_adapted(folder, port, parts.port or 0, mode))
        give_away(folder)
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [str(_BINARY), str(folder / "pgbouncer.ini")], cwd="/", stdout=log, stderr=log, **unprivileged()
            )
        try:
            _wait_until_it_listens(port, process, folder / "log")
            yield parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}").geturl()
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def _adapted(folder: Path, port: int, postgres_port: int, mode: str) -> str:
    """Returns the configuration with only its ports, folder and mode replaced."""
    text = CONFIGURATION
    changes = {
        r"port=5432": f"port={postgres_port}",
        r"listen_port = 6432": f"listen_port = {port}",
        r"/etc/pgbouncer/": f"{folder}/",
        r"pool_mode = session": f"pool_mode = {mode}",
    }
    for shown, own in changes.items():
        text, count = re.subn(shown, own, text)
        assert count == 1, shown
    return f"{text}unix_socket_dir =\n"


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    message = f"PgBouncer did not start:\n{log.read_text()}"
    raise AssertionError(message)
