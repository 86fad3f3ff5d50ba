"""CPU time and memory of a process, from Linux's /proc."""

import os
import re
from pathlib import Path


def resident_kib(pid: int) -> int:
    """Returns the memory that the process occupies."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])  # type: ignore[index]


def cpu_seconds(pid: int) -> float:
    """Returns the CPU time that the process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
