"""Migrations are applied once, atomically and concurrently; newer databases are refused."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tortoise.context import require_context
from tortoise.exceptions import OperationalError

from models import migrations
from models.migrations import NewerDatabaseError, due_migrations, migrate
from tests.support.databases import ask, opened, settings_in

pytestmark = pytest.mark.usefixtures("engine")

_ALL = [
    "0001_initial",
    "0002_stripe_auth",
    "0003_idempotent_requests",
    "0004_canary",
    "0005_pages",
    "0006_names",
    "0007_contract",
    "0008_withdrawals",
    "0009_name_keys",
    "0010_own_references",
    "0011_orders",
    "0012_stripe_auth_codes",
    "0013_checks",
    "0014_revision",
    "0015_key_permissions",
    "0016_previous_secrets",
    "0017_searches",
    "0018_reconnecting",
    "0019_stripe_apps",
    "0020_webhooks",
]


_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
    "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
}


async def _names(query: str) -> list[str]:
    return [row["name"] for row in await ask(query)]


async def test_a_fresh_database_is_migrated_once(tmp_path: Path) -> None:
    async with opened(settings_in(tmp_path)):
        assert await migrate() == _ALL
        assert await migrate() == []
    async with opened(settings_in(tmp_path)):
        assert await migrate() == []
        assert await _names("SELECT name FROM migrations ORDER BY name") == _ALL


async def test_what_is_due_is_told_before_and_nothing_after(tmp_path: Path, engine: str) -> None:
    async with opened(settings_in(tmp_path)):
        assert await due_migrations() == _ALL
        assert await _names(_TABLES[engine]) == [], "asking changes nothing"
        await migrate()
        assert await due_migrations() == []


async def test_a_database_from_the_future_is_refused_by_name(tmp_path: Path) -> None:
    async with opened(settings_in(tmp_path)):
        await migrate()
        await require_context().db().execute_query("INSERT INTO migrations VALUES ('0999_future'), ('0998_near')")
        for ask in (migrate, due_migrations):
            with pytest.raises(NewerDatabaseError) as caught:
                await ask()
            sentence = "The database is newer than this program: it has 0998_near, 0999_future."
            assert str(caught.value) == sentence


async def test_tasks_that_migrate_at_once_apply_it_once(tmp_path: Path) -> None:
    async with opened(settings_in(tmp_path)):
        applied = await asyncio.gather(*(migrate() for _ in range(10)))
    assert sorted(applied) == [[]] * 9 + [_ALL]


@pytest.mark.parametrize("attempt", range(5))
def test_connections_that_migrate_at_once_apply_it_once(tmp_path: Path, attempt: int) -> None:
    """Each thread simulates a process, with its own event loop, engine and connection."""
    folder, together = tmp_path / str(attempt), threading.Barrier(10)

    async def run() -> list[str]:
        async with opened(settings_in(folder)):
            together.wait(10)
            return await migrate()

    with ThreadPoolExecutor(10) as pool:
        applied = list(pool.map(lambda _: asyncio.run(run()), range(10)))
    assert sorted(applied) == [[]] * 9 + [_ALL]


@pytest.fixture
def folder_of_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> Path:
    """Replaces the program's migrations with an empty folder."""
    monkeypatch.setattr(migrations, "_FILES", tmp_path / "files")
    files = tmp_path / "files" / engine
    files.mkdir(parents=True)
    return files


async def test_a_migration_that_fails_half_way_leaves_nothing(
    tmp_path: Path, folder_of_migrations: Path, engine: str
) -> None:
    (folder_of_migrations / "0001_good.sql").write_text("CREATE TABLE good (id TEXT);\n")
    (folder_of_migrations / "0002_bad.sql").write_text("CREATE TABLE half (id TEXT);\nCREATE TABEL oops (id TEXT);\n")
    async with opened(settings_in(tmp_path)):
        with pytest.raises(OperationalError, match="TABEL"):
            await migrate()
        assert await _names(_TABLES[engine]) == []
        (folder_of_migrations / "0002_bad.sql").write_text("CREATE TABLE whole (id TEXT);\n")
        assert await migrate() == ["0001_good", "0002_bad"]
        assert await _names(_TABLES[engine]) == ["good", "migrations", "whole"]


async def test_a_later_migration_keeps_what_is_stored(tmp_path: Path, folder_of_migrations: Path) -> None:
    (folder_of_migrations / "0001_a.sql").write_text("CREATE TABLE a (id TEXT);\nINSERT INTO a VALUES ('x;y');\n")
    async with opened(settings_in(tmp_path)):
        assert await migrate() == ["0001_a"]
        (folder_of_migrations / "0002_b.sql").write_text("ALTER TABLE a ADD COLUMN b TEXT;\n")
        assert await due_migrations() == ["0002_b"]
        assert await migrate() == ["0002_b"]
        assert await ask("SELECT id, b FROM a") == [{"id": "x;y", "b": None}]
