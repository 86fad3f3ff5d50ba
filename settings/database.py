"""Settings of the database, and of what is kept in it."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kit.secret import Secret
from settings.reading import POSTGRES_SCHEMES, between, database_url, folder, secret, setting


@dataclass(frozen=True)
class DatabaseSettings:
    """Where and how things are stored."""

    data_dir: Path = setting(
        folder,
        "data",
        "`data`",
        "The folder of the SQLite database and of what development makes by itself; relative to the project's folder.",
    )
    database_url: Secret | None = setting(
        database_url,
        None,
        "`drawbridge.sqlite3` in `DATA_DIR`",
        "The database: `sqlite:///relative/path`, to the project's folder, `sqlite:////absolute/path`, or "
        "`postgres://user:password@host:port/name`, with libpq's parameters, such as `?sslmode=verify-full`.",
    )
    database_timeout_seconds: float = setting(
        between(float, 0.5, 60), "10", "`10`", "How long to wait for the database, from 0.5 to 60 seconds."
    )
    database_connections: int = setting(
        between(int, 2, 100),
        "10",
        "`10`",
        "How many connections each process may have to PostgreSQL, from 2 to 100, besides one that listens.",
    )
    encryption_keys: Secret | None = setting(
        secret,
        None,
        "made in `DATA_DIR` in development, required in production",
        "`id:base64,…`: 32 random bytes each. The first one seals, all of them open.",
    )

    @property
    def postgres_url(self) -> Secret | None:
        """Where PostgreSQL is; None if the database is an SQLite file."""
        url = self.database_url
        return url if url and urlsplit(url.reveal()).scheme in POSTGRES_SCHEMES else None

    @property
    def database_path(self) -> Path:
        """The SQLite file, if that is what the database is."""
        if self.database_url is None or self.postgres_url is not None:
            return self.data_dir / "drawbridge.sqlite3"
        return folder(unquote(urlsplit(self.database_url.reveal()).path).removeprefix("/"))
