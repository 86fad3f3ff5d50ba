"""Backs up an SQLite database while servers write to it."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path


class BackupError(Exception):
    """The backup failed. The message is written for the operator."""


def back_up(database: Path, file: Path) -> None:
    """Writes a snapshot of the database to a new file of mode 0600, atomically; raises BackupError."""
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", suffix=".partial") as copy:
            _copy(database, Path(copy.name))
            os.fsync(copy.fileno())  # VACUUM INTO does not sync its file
            os.link(copy.name, file)  # atomic, and fails if the file exists
        _sync_folder(file.parent)
    except sqlite3.Error as error:
        raise BackupError(f"The database {database} cannot be copied: {error}.") from None
    except OSError as error:
        raise BackupError(f"The backup {file} cannot be written: {error.strerror}.") from None


def _copy(database: Path, copy: Path) -> None:
    """Reads in one transaction, which blocks no writer. VACUUM omits deleted data: https://www.sqlite.org/lang_vacuum.html."""
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)) as source:
        source.execute("VACUUM INTO ?", (str(copy),))


def _sync_folder(folder: Path) -> None:
    """Makes the new directory entry survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
