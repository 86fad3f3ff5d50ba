"""Runs nginx with deploy/nginx.conf as the user that runs the tests."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.ports import own_port
from tests.support.servers import ROOT
from tests.support.waiting import PATIENCE

CONFIGURATION = (ROOT / "deploy" / "nginx.conf").read_text()
BINARY = Path(sys.executable).parent / "nginx"
# Ordinary users cannot write to the default folders of Debian's nginx.
_BODIES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running nginx."""

    address: str
    folder: Path

    def logged(self) -> str:
        """Returns its logs."""
        return (self.folder / "access.log").read_text() + (self.folder / "error.log").read_text()


@contextmanager
def running_nginx(folder: Path, servers: Sequence[str], configuration: str = CONFIGURATION) -> Iterator[Proxy]:
    """Runs nginx on a free port in front of these addresses until the context exits."""
    folder.mkdir(exist_ok=True)
    proxy = Proxy(f"http://127.0.0.1:{own_port()}", folder)
    file = folder / "nginx.conf"
    file.write_text(adapted(configuration, proxy, servers))
    command = [str(BINARY), "-p", str(folder), "-c", str(file), "-g", f"daemon off; pid {folder}/nginx.pid;"]
    with (folder / "output").open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)  # noqa: S603 - our own program
    try:
        _wait_until_it_listens(proxy, process)
        yield proxy
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def adapted(configuration: str, proxy: Proxy, servers: Sequence[str]) -> str:
    """Returns the configuration with only its ports and folders replaced."""
    upstream = "".join(f"server {urlsplit(address).netloc} max_fails=0;\n" for address in servers)
    folders = "".join(f"{name}_temp_path {proxy.folder}/{name};\n" for name in _BODIES)
    changes = {
        r"(?:server 127\.0\.0\.1:800\d max_fails=0;\s+){2}": upstream,
        r"listen (?:80|443)\b": f"listen 127.0.0.1:{urlsplit(proxy.address).port}",
        r"/var/log/nginx/": f"{proxy.folder}/",
        r"http \{\n": f"http {{\n{folders}",
    }
    for shown, own in changes.items():
        configuration, count = re.subn(shown, own, configuration)
        assert count, shown
    return configuration


def _wait_until_it_listens(proxy: Proxy, process: subprocess.Popen[bytes]) -> None:
    """Connects only: a request would reach the servers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", urlsplit(proxy.address).port)):
            return
        time.sleep(0.02)
    message = f"nginx did not start:\n{(proxy.folder / 'output').read_text()}"
    raise AssertionError(message)
