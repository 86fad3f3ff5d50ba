"""Runs the snippets of docs/clients.md, as programs in a folder with the packages of tests/node."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from tests.support.node import NODE, Program, running_program
from tests.support.readme import code_blocks, page
from tests.support.servers import ROOT

ENDINGS = ROOT / "tests" / "clients"
MODULES = ROOT / "tests" / "node" / "node_modules"
_SHOWN_ADDRESS, _SHOWN_TOKEN = "http://127.0.0.1:8000", "drawbridge_…"
# Not the wrapper scripts, which would start the machine's own Node.
CODEGEN = (NODE, str(MODULES / "@graphql-codegen" / "cli" / "cjs" / "bin.js"), "--config", "codegen.mjs")
RELAY_COMPILER = (NODE, str(MODULES / "relay-compiler" / "cli.js"), "relay.config.json")


def snippets(library: str, language: str = "js") -> list[str]:
    """Returns the page's code blocks about a library; "Client libraries" are those before the first."""
    parts = re.split(r"^##+ (.*)\n", page("clients").replace("\n#### ", "\n"), flags=re.MULTILINE)
    return code_blocks(language, dict(zip(parts[1::2], parts[2::2], strict=True))[library])


def written(folder: Path, name: str, parts: Sequence[str], address: str, token: str) -> Path:
    """Writes a program of several parts, for this server; returns its file."""
    if not (folder / "node_modules").is_symlink():
        (folder / "node_modules").symlink_to(MODULES)
    text = "\n".join(parts)
    assert _SHOWN_ADDRESS in text
    assert _SHOWN_TOKEN in text
    file = folder / name
    file.write_text(text.replace(_SHOWN_ADDRESS, address).replace(_SHOWN_TOKEN, token))
    return file


async def run(command: Sequence[str], folder: Path) -> str:
    """Runs a command to its end, and returns its output."""
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=PIPE, stderr=asyncio.subprocess.STDOUT)
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


def running(file: Path, python: str = sys.executable, **env: str) -> AbstractAsyncContextManager[Program]:
    """Runs a program until the context exits."""
    command = (NODE, "--no-warnings", str(file)) if file.suffix == ".mjs" else (python, "-u", str(file))
    return running_program(command, env, file.parent)
