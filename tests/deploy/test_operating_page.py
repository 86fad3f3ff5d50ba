"""docs/operating.md: its commands start a server in production, and it lists all commands of cli.py."""

import re
import sys
from pathlib import Path

from tests.support.client import Client
from tests.support.readme import commands, page, run_commands
from tests.support.secrecy import keep
from tests.support.servers import ROOT, environment, run_program, running_server

_PYTHON = ".venv/bin/python"


async def test_the_server_that_they_start_accepts_the_token_that_they_issue(tmp_path: Path) -> None:
    block, serve, _ = commands("> encryption.keys").partition(f"{_PYTHON} server.py\n")
    assert serve
    replaced = {f"{_PYTHON} cli.py": f"'{sys.executable}' '{ROOT}/cli.py'"}
    stand_ins = f"make() {{ test \"$*\" = install; }}\ncd '{tmp_path}'\n"
    applied, token = run_commands(block, replaced, stand_ins).splitlines()
    assert applied.startswith("Applied ")
    key = keep((tmp_path / "encryption.keys").read_text().strip())
    assert (tmp_path / "encryption.keys").stat().st_mode & 0o777 == 0o600
    database = f"sqlite:///{tmp_path}/production/drawbridge.sqlite3"
    with running_server(tmp_path, ENV="production", ENCRYPTION_KEYS=key, DATABASE_URL=database) as server:
        client = Client(server.address, keep(token))
        assert (await client.result("{ viewer { name } }"))["name"] == "Administrator"


def test_it_lists_the_commands(tmp_path: Path) -> None:
    helped = run_program("cli.py", "--help", env=environment(tmp_path)).stdout
    shown = page("operating").partition("--help` lists the other commands: ")[2].partition(".\n")[0]
    assert set(re.findall(r"`([\w-]+)`", shown)) == set(re.findall(r"^    ([a-z-]+)\b", helped, re.MULTILINE))
