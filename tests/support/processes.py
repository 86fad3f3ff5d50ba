"""Process information from the Linux kernel."""

from collections.abc import Iterable
from pathlib import Path


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
