"""Settings of the database and of the keys that encrypt its secrets."""

from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import Field, PlainValidator

from kit.secret import Secret
from settings.base import Group
from settings.fields import Form, SecretText

_POSTGRES_SCHEMES = {"postgres", "postgresql"}


def _database_url(text: str) -> Secret:
    """A secret, because it may contain a password."""
    url = urlsplit(text.strip())
    if url.scheme in _POSTGRES_SCHEMES:
        usable = url.port != 0 and len(url.path) > 1 and not url.fragment  # an unusable port raises ValueError
    else:
        path = unquote(url.path)
        is_file = path.startswith("/") and not path.endswith("/") and path.isprintable()
        usable = url.scheme == "sqlite" and is_file and not (url.netloc or url.query or url.fragment)
    if not usable:
        raise ValueError
    return Secret(text.strip())


class DatabaseSettings(Group):
    """Where data is stored, and how."""

    data_dir: Annotated[Path, Form("a path")] = Field(
        default=Path("data"),
        description="Folder of the SQLite database and of the files that development generates. A relative path "
        "starts at the working directory.",
    )
    database_url: (
        Annotated[
            Secret,
            PlainValidator(_database_url),
            Form("sqlite:///relative/path, sqlite:////absolute/path or postgres://user:password@host:port/name"),
        ]
        | None
    ) = Field(
        default=None,
        description="Database; by default the SQLite file `drawbridge.sqlite3` in `DATA_DIR`. PostgreSQL accepts "
        "libpq's parameters, such as `?sslmode=verify-full`, and `search_path`; without that, tables are in the schema "
        "`public`.",
    )
    database_timeout_seconds: float = Field(
        default=10, ge=0.5, le=60, description="Time limit for connecting to the database and for a statement."
    )
    database_connections: int = Field(
        default=10,
        ge=2,
        le=100,
        description="Connections to PostgreSQL per process, besides one that listens for notifications.",
    )
    encryption_keys: Annotated[SecretText, Form("id:base64,… with 32 random bytes per key")] | None = Field(
        default=None,
        description="Keys that encrypt secrets: the first one encrypts, all of them decrypt. Generated in `DATA_DIR` "
        "in development, required in production.",
    )

    @property
    def postgres_url(self) -> Secret | None:
        """The URL of PostgreSQL; None if the database is an SQLite file."""
        url = self.database_url
        return url if url and urlsplit(url.reveal()).scheme in _POSTGRES_SCHEMES else None

    @property
    def search_path(self) -> str:
        """PostgreSQL's schemas, of which the first has the tables."""
        query = urlsplit(self.postgres_url.reveal()).query if self.postgres_url else ""
        return parse_qs(query).get("search_path", ["public"])[-1]

    @property
    def sqlite_path(self) -> Path:
        """The SQLite file, if the database is one."""
        if self.database_url is None or self.postgres_url is not None:
            return self.data_dir / "drawbridge.sqlite3"
        return Path(unquote(urlsplit(self.database_url.reveal()).path).removeprefix("/"))
