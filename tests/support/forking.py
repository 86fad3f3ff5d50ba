"""Forks programs from a process that has imported them, which takes a fifth of the CPU time of starting them.

The process is multiprocessing's fork server: it has one thread and no open files of the tests.
"""

import gc
import os
import runpy
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Literal

_Filter = Literal["error"]
_context = get_context("forkserver")
_context.set_forkserver_preload(["cli", "server"])


class ForkedProcess:
    """A forked program, with the methods of subprocess.Popen."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self._lock = Lock()  # one thread reads the exit code from its pipe

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        with self._lock:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        wait([self._process.sentinel], timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def fork(program: Sequence[str], env: Mapping[str, str], stdout: Path, stderr: Path) -> ForkedProcess:
    """Runs `-m MODULE ARGUMENT…` with this environment; appends to the files."""
    return _forked(program, dict(env), Path("/"), stdout, stderr, ())


def run_forked(
    program: Sequence[str], env: Mapping[str, str], folder: Path, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Runs `-m MODULE ARGUMENT…` to its end in a folder. A warning is an error."""
    with TemporaryDirectory() as name:
        stdout, stderr = Path(name, "stdout"), Path(name, "stderr")
        stdout.touch()
        stderr.touch()
        process = _forked(program, dict(env), folder, stdout, stderr, ("error",))
        try:
            code = process.wait(seconds)
        finally:
            process.kill()
        return subprocess.CompletedProcess(program, code, stdout.read_text(), stderr.read_text())


def _forked(program: Sequence[str], *given: object) -> ForkedProcess:
    process = _context.Process(target=_run, args=(program, *given), name=program[1], daemon=True)
    process.start()
    return ForkedProcess(process)


def _run(
    program: Sequence[str], env: dict[str, str], folder: Path, stdout: Path, stderr: Path, filters: Sequence[_Filter]
) -> None:
    for number, file in ((1, stdout), (2, stderr)):
        opened = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    for action in filters:
        warnings.simplefilter(action)
    gc.freeze()  # a collection would copy the memory that is shared
    sys.path.insert(0, env["PYTHONPATH"])
    sys.argv = [f"{program[1]}.py", *program[2:]]
    runpy.run_module(program[1], run_name="__main__")
