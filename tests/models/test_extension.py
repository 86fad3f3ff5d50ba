"""The extension pg_trgm: the error of a migration that may not add it, and its remedy."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from models.migrations import FailedMigrationError, due_migrations, migrate
from tests.support.databases import ask, opened, settings_in
from tests.support.postgres import Postgres, own_postgres


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server on which the test may create users."""
    with own_postgres() as running:
        yield running


async def test_an_administrator_may_have_to_add_it_and_is_told_so(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.url("drawbridge")
    address = urlsplit(url)
    guest = address._replace(netloc=f"guest:secret@{address.hostname}:{address.port}").geturl()
    async with opened(settings_in(tmp_path, DATABASE_URL=url)):
        await ask("CREATE ROLE guest LOGIN PASSWORD 'secret'")
        await ask("GRANT ALL ON SCHEMA public TO guest")
    async with opened(settings_in(tmp_path, DATABASE_URL=guest)):
        with pytest.raises(FailedMigrationError, match=r"^The migration 0005_pages failed.*CREATE EXTENSION pg_trgm"):
            await migrate()
        assert "0001_initial" in await due_migrations()
    async with opened(settings_in(tmp_path, DATABASE_URL=url)):
        await ask("CREATE EXTENSION pg_trgm")
    async with opened(settings_in(tmp_path, DATABASE_URL=guest)):
        assert "0005_pages" in await migrate()
        assert await due_migrations() == []
