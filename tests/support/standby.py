"""A hot standby of a test's PostgreSQL server: https://www.postgresql.org/docs/current/hot-standby.html."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from tests.support.ports import own_port
from tests.support.postgres import Postgres, PostgresProcess
from tests.support.postgres_programs import give_away, programs_in_reach, unprivileged


@contextmanager
def running_standby(primary: Postgres) -> Iterator[Postgres]:
    """Runs a standby that streams from the primary until the context exits. It accepts reads only."""
    with TemporaryDirectory(prefix="drawbridge-standby-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), own_port()
        programs = programs_in_reach(folder)
        give_away(folder)
        address = primary.url("postgres")
        _copy(programs, address, folder / "data")
        parts = urlsplit(address)
        own = parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}").geturl()
        standby = Postgres(own, PostgresProcess(programs, folder / "data", port, folder / "log"))
        try:
            standby.start()
            yield standby
        finally:
            standby.stop()


def _copy(programs: Path, address: str, data: Path) -> None:
    """Copies the primary, and configures the copy to stream from it."""
    subprocess.run(  # noqa: S603 - our own program
        [programs / "pg_basebackup", "-d", address, "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync"],
        check=True,
        timeout=120,
        cwd="/",
        **unprivileged(),
    )
