"""Process information from the Linux kernel."""

import re
import time
from collections.abc import Iterable
from pathlib import Path

_CPUCLOCK_SCHED = 2


def cpu_seconds(pid: int) -> float:
    """Returns the CPU time that all of the process's threads have used so far, in nanoseconds' steps.

    The clock of another process is what clock_getcpuclockid(3) makes of its id; Python has no name for it. The times in
    /proc are in steps of 10 ms.
    """
    return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)


def resident_kib(pid: int) -> int:
    """Returns the memory that the process occupies."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])  # type: ignore[index]


def gone(pids: Iterable[int]) -> bool:
    """Whether all of these processes have ended."""
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def open_sockets(pid: int) -> int:
    """Returns the number of open sockets of a process."""
    return sum(map(_is_socket, Path(f"/proc/{pid}/fd").iterdir()))


def _is_socket(file: Path) -> bool:
    try:
        return str(file.readlink()).startswith("socket:")
    except FileNotFoundError:  # closed in the meantime
        return False
