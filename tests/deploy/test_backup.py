"""`cli.py backup` makes a consistent copy during writes, and a server runs on the restored copy."""

import asyncio
import itertools
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest

from tests.support.actions import add_integration
from tests.support.cursors import refusal
from tests.support.documents import CREATE_INTEGRATION, EVENT_CURSOR, REVEAL_SECRET
from tests.support.organizations import Tenant, new_tenant
from tests.support.readme import commands, run_commands
from tests.support.secrecy import secret_key
from tests.support.servers import ROOT, RunningServer, environment, run_program, running_server
from tests.support.waiting import PATIENCE

_DATABASE = "drawbridge.sqlite3"
_WRITERS = 4  # per organization
_BIG = 64_000_000  # bytes; copying them takes longer than two checks of its progress
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class _Load:
    """Writes to two organizations, and records the keys of all acknowledged integrations."""

    tenants: list[Tenant]
    keys: dict[str, tuple[Tenant, str]] = field(default_factory=dict)
    acknowledged: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def write(self, tenant: Tenant) -> None:
        """Adds integrations until the server is killed."""
        with suppress(httpx.TransportError):
            while True:
                key = secret_key()
                given = {"name": f"Integration {next(_numbers)}", "authentication": {"secretKey": key}}
                result = await tenant.client.result(CREATE_INTEGRATION, input=given)
                self.keys[result["integration"]["id"]] = (tenant, key)
                self.acknowledged.put_nowait(key)

    async def grow_by(self, count: int) -> None:
        """Waits until this many more have been acknowledged."""
        while not self.acknowledged.empty():
            self.acknowledged.get_nowait()
        for _ in range(count):
            await self.acknowledged.get()


@asynccontextmanager
async def _loaded(server: RunningServer) -> AsyncIterator[_Load]:
    """Writes to the server within the context, and kills it at the end."""
    load = _Load([await new_tenant(server), await new_tenant(server)])
    writers = [asyncio.create_task(load.write(tenant)) for tenant in load.tenants for _ in range(_WRITERS)]
    try:
        yield load
    finally:
        server.kill()
        await asyncio.gather(*writers)


def _sqlite(data_dir: Path) -> dict[str, str]:
    """Selects SQLite in the folder, regardless of other tests' database."""
    return {"DATABASE_URL": f"sqlite:///{data_dir}/{_DATABASE}"}


def _back_up(data_dir: Path, file: Path) -> subprocess.CompletedProcess[str]:
    return run_program("cli.py", "backup", str(file), env=environment(data_dir, **_sqlite(data_dir)))


def _restore(backup: Path, data_dir: Path) -> None:
    """Restores with the commands of docs/operating.md."""
    replaced = {"/var/backups/drawbridge/monday.sqlite3": str(backup), "/var/lib/drawbridge": str(data_dir)}
    run_commands(commands("drawbridge.sqlite3-wal"), replaced)


async def test_a_backup_under_load_is_restored_to_a_server_with_all_that_was_acknowledged(tmp_path: Path) -> None:
    used, fresh, backup = tmp_path / "used", tmp_path / "fresh", tmp_path / "monday.sqlite3"
    with running_server(used, **_sqlite(used)) as server:
        async with _loaded(server) as load:
            await load.grow_by(30)
            before = dict(load.keys)
            done = await asyncio.to_thread(_back_up, used, backup)
            during = len(load.keys) - len(before)
            await load.grow_by(5)
    assert (done.returncode, done.stderr) == (0, ""), done
    assert "encryption keys" in done.stdout
    assert during > 0, "nothing was written meanwhile"
    fresh.mkdir()
    shutil.copy(used / "encryption.keys", fresh)
    _restore(backup, fresh)
    with running_server(fresh, **_sqlite(fresh)) as server:
        await _assert_secrets_open(server, before)
    _assert_consistent(fresh / _DATABASE)


async def _assert_secrets_open(server: RunningServer, acknowledged: dict[str, tuple[Tenant, str]]) -> None:
    for id_, (tenant, key) in acknowledged.items():
        client = replace(tenant.client, address=server.address)
        shown = await client.result(REVEAL_SECRET, input={"integrationId": id_, "reason": "Restored"})
        assert shown["secretKey"] == key


def _assert_consistent(database: Path) -> None:
    """Asserts that the file is intact, and that each log has all positions from 1 to its organization's position."""
    with closing(sqlite3.connect(database)) as rows:
        assert rows.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert rows.execute("PRAGMA foreign_key_check").fetchall() == []
        for id_, position in rows.execute("SELECT id, position FROM organizations").fetchall():
            log = rows.execute("SELECT position FROM events WHERE organization_id = ? ORDER BY position", (id_,))
            assert [number for (number,) in log] == list(range(1, position + 1))


async def test_a_restored_server_refuses_what_was_seen_after_the_backup(tmp_path: Path) -> None:
    """The database's server was killed, so its -wal contains changes that must not reappear."""
    backup = tmp_path / "monday.sqlite3"
    with running_server(tmp_path, **_sqlite(tmp_path)) as server:
        client = (await new_tenant(server)).client
        await add_integration(client)
        assert _back_up(tmp_path, backup).returncode == 0
        seen = (await client.execute(EVENT_CURSOR))["eventCursor"]
        await add_integration(client, "Too late")
        later = (await client.execute(EVENT_CURSOR))["eventCursor"]
        server.kill()
    assert (tmp_path / f"{_DATABASE}-wal").stat().st_size
    _restore(backup, tmp_path)
    with running_server(tmp_path, **_sqlite(tmp_path)) as server:
        restored = replace(client, address=server.address)
        assert (await restored.execute(EVENT_CURSOR))["eventCursor"] == seen
        assert await refusal(restored, later) == "INVALID_CURSOR"
    _assert_consistent(tmp_path / _DATABASE)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database."""
    folder = tmp_path_factory.mktemp("migrated")
    assert run_program("cli.py", "migrate", env=environment(folder, **_sqlite(folder))).returncode == 0
    return folder


def test_a_backup_is_one_file_readable_by_its_owner_only(migrated: Path, tmp_path: Path) -> None:
    assert _back_up(migrated, tmp_path / "copy").returncode == 0
    (copy,) = tmp_path.iterdir()
    assert (copy.name, stat.S_IMODE(copy.stat().st_mode)) == ("copy", 0o600)


def test_a_backup_takes_nobody_s_place(migrated: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("What was there")
    assert "File exists" in _refused(migrated, tmp_path / "taken")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["What was there"]


def test_a_backup_of_or_to_what_is_not_there_is_refused_and_makes_nothing(migrated: Path, tmp_path: Path) -> None:
    assert "cannot be copied" in _refused(tmp_path / "nothing", tmp_path / "copy")
    assert "No such file" in _refused(migrated, tmp_path / "folder" / "copy")
    assert list(tmp_path.iterdir()) == []


def _refused(data_dir: Path, file: Path) -> str:
    done = _back_up(data_dir, file)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    return done.stderr


def test_a_backup_that_is_killed_is_whole_or_not_there(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / _DATABASE)) as database:
        database.execute("CREATE TABLE big AS SELECT zeroblob(?) AS bytes", (_BIG,))
        database.commit()
    folder = tmp_path / "backups"
    folder.mkdir()
    command = [sys.executable, str(ROOT / "cli.py"), "backup", str(folder / "copy")]
    process = subprocess.Popen(command, env=environment(tmp_path, **_sqlite(tmp_path)))  # noqa: S603 - our own program
    _wait_for_bytes_in(folder)
    process.kill()
    process.wait()
    if not (folder / "copy").exists():
        assert _back_up(tmp_path, folder / "copy").returncode == 0
    with closing(sqlite3.connect(folder / "copy")) as copied:
        assert copied.execute("SELECT length(bytes) FROM big").fetchall() == [(_BIG,)]


def _wait_for_bytes_in(folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not any(file.stat().st_size for file in list(folder.iterdir())):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_on_postgresql_it_names_pg_dump(tmp_path: Path) -> None:
    env = environment(tmp_path, DATABASE_URL="postgres://drawbridge:password@127.0.0.1/drawbridge")
    done = run_program("cli.py", "backup", str(tmp_path / "copy"), env=env)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "PostgreSQL is backed up with its own pg_dump: see docs/operating.md.\n"
