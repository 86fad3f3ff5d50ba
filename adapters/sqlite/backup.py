"""Copies of an SQLite database, taken while servers write to it."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path


class BackupError(Exception):
    """No backup was made; the text is a sentence for the operator."""


def back_up(database: Path, file: Path) -> None:
    """Copies the database as it is now into a new file of mode 0600, whole or not at all; raises BackupError."""
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", suffix=".partial") as copy:
            _copy(database, Path(copy.name))
            os.fsync(copy.fileno())  # SQLite does not see to that here
            os.link(copy.name, file)  # gives the name at once, and to nobody else's file
        _sync_folder(file.parent)
    except sqlite3.Error as error:
        raise BackupError(f"The database {database} cannot be copied: {error}.") from None
    except OSError as error:
        raise BackupError(f"The backup {file} cannot be made: {error.strerror}.") from None


def _copy(database: Path, copy: Path) -> None:
    """Reads in one transaction, which no writer waits for. VACUUM leaves out what has been deleted."""
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)) as source:
        source.execute("VACUUM INTO ?", (str(copy),))


def _sync_folder(folder: Path) -> None:
    """Sees to it that a power cut does not take the name back."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
