"""Migrations 0009 and 0010: names that look the same get numbers, and no row refers to another organization's."""

from pathlib import Path
from shutil import copytree

import pytest

from models import migrations
from models.migrations import FailedMigrationError, migrate
from tests.support.databases import ask, opened, settings_in
from tests.support.servers import ROOT

pytestmark = pytest.mark.usefixtures("engine")

_LATER = ("0009", "0010")
# The data of the version before, in SQL for both databases.
_BEFORE = """
INSERT INTO organizations (id, name, position, created_at) VALUES ('one', 'A', 3, {then}), ('two', 'B', 0, {then});
INSERT INTO credentials (id, organization_id, name, name_key, destination, method, status, sealed_secret, account_name,
    created_at, updated_at, version)
    SELECT id, 'one', name, lower(name), 'STRIPE', 'SECRET_KEY', 'CONNECTED', 'sealed', account, {then}, {then}, 1
    FROM (SELECT 'credential_1' AS id, 'Key' AS name, 'Acme\nGmbH' AS account
        UNION ALL SELECT 'credential_2', 'KEY', NULL
        UNION ALL SELECT 'credential_3', 'key (2)', NULL
        UNION ALL SELECT 'credential_4', 'Ke\u200by', NULL) n;
INSERT INTO integrations (id, organization_id, credential_id, provider, name, name_key, active, created_at, updated_at,
    version)
    SELECT id, 'one', 'credential_1', 'STRIPE', name, lower(name), {true}, {then}, {then}, 1
    FROM (SELECT 'integration_1' AS id, 'Billing' AS name
        UNION ALL SELECT 'integration_2', 'billing'
        UNION ALL SELECT 'integration_3', 'İstanbul') n;
INSERT INTO api_tokens (id, organization_id, name, scopes, token_hash, masked_token, created_at, revoked_at) VALUES
    ('token_1', 'one', 'CI', '[]', '1', '…', {then}, NULL),
    ('token_2', 'one', 'ci', '[]', '2', '…', {then}, NULL),
    ('token_3', 'one', 'cI', '[]', '3', '…', {then}, {then}),
    ('token_4', 'one', 'Stripe\u200b', '[]', '4', '…', {then}, NULL);
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> Path:
    """The migrations folder of the version before."""
    folder = tmp_path / "migrations"
    copytree(ROOT / "models" / "migrations" / engine, folder / engine)
    for later in _LATER:
        for file in (folder / engine).glob(f"{later}*"):
            file.rename(folder / file.name)
    for file in (folder / engine).glob("*.sql"):
        if file.name > _LATER[0]:
            file.unlink()
    monkeypatch.setattr(migrations, "_FILES", folder)
    return folder


async def _fill(engine: str) -> None:
    await migrate()
    then, true = "'2026-01-01 00:00:00+00:00'", "1"
    if engine == "postgres":
        then, true = f"{then}::timestamptz", "true"
    for statement in filter(str.strip, _BEFORE.format(then=then, true=true).split(";\n")):
        await ask(statement)


def _bring_later(files: Path, engine: str) -> None:
    for file in files.glob("*.sql"):
        file.rename(files / engine / file.name)


async def _upgrade(files: Path, engine: str) -> None:
    _bring_later(files, engine)
    await migrate()


async def _column(name: str, *tables: str) -> dict[str, object]:
    rows = [row for table in tables for row in await ask(f"SELECT id, {name} AS found FROM {table} ORDER BY id")]  # noqa: S608 - our own tables
    return {row["id"]: row["found"] for row in rows}


async def test_of_names_that_look_the_same_all_but_the_oldest_get_a_number(
    tmp_path: Path, files: Path, engine: str
) -> None:
    async with opened(settings_in(tmp_path)):
        await _fill(engine)
        await _upgrade(files, engine)
        assert await _column("name", "credentials", "integrations", "api_tokens") == {
            "credential_1": "Key",
            "credential_2": "KEY (3)",
            "credential_3": "key (2)",
            "credential_4": "Ke\u200by (4)",
            "integration_1": "Billing",
            "integration_2": "billing (2)",
            "integration_3": "İstanbul",
            "token_1": "CI",
            "token_2": "ci (2)",
            "token_3": "cI",
            "token_4": "Stripe\u200b (2)",
        }
        keys = await _column("name_key", "integrations", "api_tokens")
        assert (keys["integration_3"], keys["token_3"], keys["token_4"]) == ("istanbul", "ci", "stripe (2)")
        assert (await _column("account_name", "credentials"))["credential_1"] == "Acme GmbH"


async def test_the_log_tells_the_new_names_of_integrations_and_credentials(
    tmp_path: Path, files: Path, engine: str
) -> None:
    async with opened(settings_in(tmp_path)):
        await _fill(engine)
        await _upgrade(files, engine)
        events = await ask(
            "SELECT position, kind, subject, name, status, secret_version, actor_kind FROM events ORDER BY position"
        )
        assert [tuple(event.values()) for event in events] == [
            (4, "INTEGRATION_UPDATED", "integration_2", "billing (2)", "ACTIVE", None, "SYSTEM"),
            (5, "CREDENTIAL_UPDATED", "credential_2", "KEY (3)", "CONNECTED", 1, "SYSTEM"),
            (6, "CREDENTIAL_UPDATED", "credential_4", "Ke\u200by (4)", "CONNECTED", 1, "SYSTEM"),
        ]
        assert await _column("position", "organizations") == {"one": 6, "two": 0}
        versions = await _column("version", "credentials", "integrations")
        assert {id_ for id_, version in versions.items() if version == 2} == {event["subject"] for event in events}


async def test_a_reference_to_another_organization_stops_the_migration(
    tmp_path: Path, files: Path, engine: str
) -> None:
    async with opened(settings_in(tmp_path)):
        await _fill(engine)
        await ask("UPDATE integrations SET organization_id = 'two' WHERE id = 'integration_3'")
        with pytest.raises(FailedMigrationError, match=r"of_its_own_organization|integrations_own_credential"):
            await _upgrade(files, engine)
        assert "billing" in (await _column("name", "integrations")).values()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")
async def test_a_rebuild_that_would_lose_anything_stops(tmp_path: Path, files: Path, engine: str) -> None:
    """As if an earlier migration had added what this one does not know."""
    async with opened(settings_in(tmp_path)):
        await _fill(engine)
        await ask("CREATE INDEX integrations_by_something ON integrations (version)")
        with pytest.raises(FailedMigrationError, match="the_rebuilt_table_lacks_nothing"):
            await _upgrade(files, engine)
        await ask("DROP INDEX integrations_by_something")
        await ask("ALTER TABLE integrations ADD COLUMN something TEXT")
        with pytest.raises(FailedMigrationError, match="the_rebuilt_table_lacks_nothing"):
            await migrate()
        assert len(await _column("name", "integrations")) == 3
