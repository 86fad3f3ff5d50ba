"""Each migration preserves the rows, indexes and constraints of a database with data."""

import re
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from models import Credential, CredentialStatus, migrations
from models.migrations import migrate
from tests.support.databases import ask, opened, settings_in
from tests.support.servers import ROOT

pytestmark = pytest.mark.usefixtures("engine")

# Data for the schema of the first migration, in SQL for both databases.
_ROWS = """
INSERT INTO organizations (id, name, position, created_at)
    VALUES ('organization_1', 'Acme', 3, '2026-01-01 00:00:00+00:00');
INSERT INTO credentials (id, organization_id, name, name_key, destination, method, status, problem, sealed_secret,
    masked_secret, created_at, updated_at, version)
    VALUES ('credential_1', 'organization_1', 'Key', 'key', 'STRIPE', 'SECRET_KEY', 'CONNECTED', NULL, 'v1.k1.sealed',
        'sk_live_…4242', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00', 1),
    ('credential_2', 'organization_1', 'Old', 'old', 'STRIPE', 'SECRET_KEY', 'DISCONNECTED', 'KEY_EXPIRED', NULL,
        'sk_live_…4343', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00', 2);
INSERT INTO integrations (id, organization_id, credential_id, provider, name, name_key, active, created_at,
    updated_at, version)
    VALUES ('integration_1', 'organization_1', 'credential_1', 'STRIPE', 'Billing', 'billing', '1',
        '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00', 1);
INSERT INTO api_tokens (id, organization_id, name, scopes, token_hash, masked_token, created_at)
    VALUES ('token_1', 'organization_1', 'CI', '["READ"]', 'hash', 'drawbridge_…', '2026-01-01 00:00:00+00:00');
INSERT INTO events (organization_id, position, kind, subject, name, actor, occurred_at)
    VALUES ('organization_1', 1, 'TOKEN_ISSUED', 'token_1', 'CI', 'cli', '2026-01-01 00:00:00+00:00');
"""
# Columns, triggers and functions that a migration renames; None where it drops one.
_RENAMED: dict[str, dict[str, str | None]] = {
    "0006_names": {
        "sealed_refresh_token": None,
        "granted_scope": None,
        "account_told": "account_known",
        "expiring_told": "expiry_warned",
        "kept_status": "status_copy",
        "kept_destination": "destination_copy",
        "integrations_keep_status": "integrations_copy_status",
        "credentials_keep_statuses": "credentials_copy_status",
        "keep_statuses": "copy_status_to_integrations",
        "keep_status": "copy_status",
    },
    "0018_reconnecting": {"connected_at": None},
}
# Indexes and constraints that a migration replaces with others.
_REPLACED = {
    "0009_name_keys": {
        *("integrations_name", "credentials_name", "api_tokens_name"),
        *("integrations_by_name", "credentials_by_name"),
    },
    "0010_own_references": {"credentials_by_creation", "integrations.integrations_credential_id_fkey"},
    "0017_searches": {"credentials_copy_status"},
}
_TABLES = ("organizations", "credentials", "integrations", "api_tokens", "events")
# The other objects that a migration could lose, by name and definition.
_SCHEMA = {
    "sqlite": """SELECT name, sql AS definition FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
        UNION ALL SELECT m.name || '.' || f."from", f."table" || f.on_delete
        FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'""",
    "postgres": """SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal""",
}


def _names(engine: str) -> list[str]:
    return sorted(file.stem for file in (ROOT / "models" / "migrations" / engine).glob("*.sql"))


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> Path:
    """The migrations folder of an older version, with the first migration."""
    folder = tmp_path / "migrations" / engine
    folder.mkdir(parents=True)
    monkeypatch.setattr(migrations, "_FILES", folder.parent)
    _add(folder, engine, _names(engine)[0])
    return folder


def _add(folder: Path, engine: str, name: str) -> None:
    copy(ROOT / "models" / "migrations" / engine / f"{name}.sql", folder)


async def _rows() -> dict[str, list[dict[str, Any]]]:
    return {table: await ask(f"SELECT * FROM {table} ORDER BY id") for table in _TABLES}  # noqa: S608 - our own tables


async def _migrate_and_fill() -> None:
    await migrate()
    for statement in filter(str.strip, _ROWS.split(";\n")):
        await ask(statement)


def _missing(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Returns the rows that a migration lost or changed. Added columns are ignored."""
    return [
        row
        for table, rows in before.items()
        for row in rows
        if not any(row.items() <= {name: now[name] for name in now if name in row}.items() for now in after[table])
    ]


async def _schema(engine: str) -> set[tuple[str, str]]:
    return {(row["name"], row["definition"]) for row in await ask(_SCHEMA[engine])}


def _renamed(text: str, names: dict[str, str | None]) -> str:
    for old, new in names.items():
        text = re.sub(rf"\b{old}\b", new or old, text)
    return text


def _after_renaming(
    rows: dict[str, list[dict[str, Any]]], names: dict[str, str | None]
) -> dict[str, list[dict[str, Any]]]:
    """Returns the rows with renamed columns and without dropped ones."""
    return {
        table: [{_renamed(name, names): row[name] for name in row if names.get(name, name)} for row in found]
        for table, found in rows.items()
    }


async def test_rows_indexes_and_constraints_outlive_each_migration(tmp_path: Path, known: Path, engine: str) -> None:
    async with opened(settings_in(tmp_path)):
        await _migrate_and_fill()
        for name in _names(engine)[1:]:
            _add(known, engine, name)
            rows, schema = await _rows(), await _schema(engine)
            assert await migrate() == [name]
            names = _RENAMED.get(name, {})
            expected = {
                (_renamed(kept, names), _renamed(definition, names))
                for kept, definition in schema
                if kept not in _REPLACED.get(name, ())
            }
            assert _missing(_after_renaming(rows, names), await _rows()) == []
            assert expected - await _schema(engine) == set()


async def test_what_lists_are_narrowed_by_is_copied_into_rows_from_before(
    tmp_path: Path, known: Path, engine: str
) -> None:
    async with opened(settings_in(tmp_path)):
        await _migrate_and_fill()
        for name in _names(engine)[1:]:
            _add(known, engine, name)
        await migrate()
        kept = await ask("SELECT status_copy, destination_copy FROM integrations")
        assert [(row["status_copy"], row["destination_copy"]) for row in kept] == [("ACTIVE", "STRIPE")]


async def test_the_comparison_finds_what_it_looks_for(tmp_path: Path, known: Path, engine: str) -> None:
    async with opened(settings_in(tmp_path)):
        await _migrate_and_fill()
        rows, schema = await _rows(), await _schema(engine)
        (known / "0002_careless.sql").write_text(
            "DELETE FROM integrations;\nUPDATE credentials SET name = 'x' WHERE id = 'credential_2';\n"
            "DROP INDEX integrations_name;\n"
        )
        await migrate()
        assert [row["id"] for row in _missing(rows, await _rows())] == ["credential_2", "integration_1"]
        assert {name for name, _ in schema - await _schema(engine)} == {"integrations_name"}


async def test_tokens_that_stripe_has_ended_are_erased(tmp_path: Path, known: Path, engine: str) -> None:
    async with opened(settings_in(tmp_path)):
        await _migrate_and_fill()
        await ask("UPDATE credentials SET sealed_secret = 'v1.k1.sealed'")
        await ask("UPDATE credentials SET problem = 'DEAUTHORIZED', status = 'DISCONNECTED' WHERE id = 'credential_2'")
        for name in _names(engine)[1:]:
            _add(known, engine, name)
        await migrate()
        kept = await ask("SELECT id, sealed_secret FROM credentials ORDER BY id")
        assert [row["sealed_secret"] for row in kept] == ["v1.k1.sealed", None]


async def test_a_refusal_of_before_is_no_time_at_which_stripe_accepted(
    tmp_path: Path, known: Path, engine: str
) -> None:
    then = datetime(2026, 1, 5, tzinfo=UTC)
    async with opened(settings_in(tmp_path)):
        await _migrate_and_fill()
        await ask(f"UPDATE credentials SET verified_at = '{then}'")  # noqa: S608 - our own value
        for name in _names(engine)[1:]:
            _add(known, engine, name)
        await migrate()
        rows = await Credential.all().order_by("id")
    assert [(row.status, row.verified_at, row.checked_at) for row in rows] == [
        (CredentialStatus.CONNECTED, then, then),
        (CredentialStatus.DISCONNECTED, None, then),
    ]


# Events of before 0007, by actor: who it was, and the newest token with this name that existed then.
_ACTORS = {
    ("cli", 1): ("SYSTEM", None),
    ("stripe", 1): ("STRIPE", None),
    ("CI", 1): ("TOKEN", "token_1"),
    ("CI", 4): ("TOKEN", "token_3"),
    ("Partner", 1): ("USER", None),
    ("Partner", 4): ("TOKEN", "token_4"),
    ("Elsewhere", 4): ("USER", None),
}
_LATER_TOKENS = """
INSERT INTO organizations (id, name, position, created_at)
    VALUES ('organization_2', 'Other', 0, '2026-01-01 00:00:00+00:00');
INSERT INTO api_tokens (id, organization_id, name, scopes, token_hash, masked_token, created_at)
    VALUES ('token_3', 'organization_1', 'CI', '["READ"]', 'hash 3', 'drawbridge_…', '2026-01-03 00:00:00+00:00'),
    ('token_4', 'organization_1', 'Partner', '["READ"]', 'hash 4', 'drawbridge_…', '2026-01-03 00:00:00+00:00'),
    ('token_5', 'organization_2', 'Elsewhere', '["READ"]', 'hash 5', 'drawbridge_…', '2026-01-01 00:00:00+00:00');
"""


async def test_actors_of_before_are_known_as_well_as_their_names_allow(
    tmp_path: Path, known: Path, engine: str
) -> None:
    async with opened(settings_in(tmp_path)):
        await _migrate_and_fill()
        await ask("UPDATE api_tokens SET revoked_at = '2026-01-02 00:00:00+00:00'")
        for statement in filter(str.strip, _LATER_TOKENS.split(";\n")):
            await ask(statement)
        for position, (actor, day) in enumerate(_ACTORS, start=10):
            columns = "organization_id, position, kind, subject, name, actor, occurred_at"
            values = f"'organization_1', {position}, 'X', 's', 'n', '{actor}', '2026-01-0{day} 12:00:00+00:00'"
            await ask(f"INSERT INTO events ({columns}) VALUES ({values})")  # noqa: S608 - our own values
        for name in _names(engine)[1:]:
            _add(known, engine, name)
        await migrate()
        found = await ask("SELECT actor_kind, actor_id FROM events WHERE position >= 10 ORDER BY position")
        assert [(row["actor_kind"], row["actor_id"]) for row in found] == list(_ACTORS.values())
