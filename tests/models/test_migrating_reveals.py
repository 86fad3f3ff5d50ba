"""Reveals from before migration 0016 count for a credential and a secret as well as the log shows them."""

from pathlib import Path
from shutil import copy

import pytest

from models import migrations
from models.migrations import migrate
from tests.support.databases import ask, opened, settings_in
from tests.support.servers import ROOT

pytestmark = pytest.mark.usefixtures("engine")

_NEWEST = "0016_previous_secrets"
_ROWS = """
INSERT INTO organizations (id, name, position, created_at)
    VALUES ('organization_1', 'Acme', 9, '2026-01-01 00:00:00+00:00'),
    ('organization_2', 'Other', 9, '2026-01-01 00:00:00+00:00');
INSERT INTO credentials (id, organization_id, name, name_key, destination, method, status, sealed_secret,
    created_at, updated_at, version, secret_version)
    VALUES ('credential_1', 'organization_1', 'Key', 'key', 'STRIPE', 'SECRET_KEY', 'CONNECTED', 'v1.k1.sealed',
        '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00', 3, 3);
INSERT INTO integrations (id, organization_id, credential_id, provider, name, name_key, active, created_at,
    updated_at, version)
    VALUES ('integration_1', 'organization_1', 'credential_1', 'STRIPE', 'Billing', 'billing', '1',
        '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00', 1);
"""
_EVENTS = (
    # kind, subject, secret version; then what the migration makes of it: credential, secret version
    ("SECRET_REVEALED", "integration_1", None, "credential_1", 1),
    ("CREDENTIAL_SECRET_REPLACED", "credential_1", 2, None, 2),
    ("SECRET_REVEALED", "integration_1", None, "credential_1", 2),
    ("SECRET_REVEALED", "integration_deleted", None, None, None),
    ("CREDENTIAL_SECRET_REPLACED", "credential_1", 3, None, 3),
    ("CREDENTIAL_UPDATED", "credential_1", None, None, None),
    ("SECRET_REVEALED", "integration_1", None, "credential_1", 3),
    ("INTEGRATION_UPDATED", "integration_1", None, None, None),
)


async def test_a_reveal_counts_for_the_last_secret_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    folder = tmp_path / "migrations" / engine
    folder.mkdir(parents=True)
    monkeypatch.setattr(migrations, "_FILES", folder.parent)
    for file in sorted((ROOT / "models" / "migrations" / engine).glob("*.sql")):
        if file.stem < _NEWEST:
            copy(file, folder)
    async with opened(settings_in(tmp_path)):
        await migrate()
        for statement in filter(str.strip, _ROWS.split(";\n")):
            await ask(statement)
        for position, (kind, subject, version, *_) in enumerate(_EVENTS, start=1):
            for organization in ("organization_1", "organization_2"):
                number = "NULL" if version is None or organization == "organization_2" else version
                columns = "organization_id, position, kind, subject, name, secret_version, actor, occurred_at"
                values = f"'{organization}', {position}, '{kind}', '{subject}', 'n', {number}, 'CI', '2026-01-02'"
                await ask(f"INSERT INTO events ({columns}) VALUES ({values})")  # noqa: S608 - our own values
        copy(ROOT / "models" / "migrations" / engine / f"{_NEWEST}.sql", folder)
        assert await migrate() == [_NEWEST]
        found = await ask(
            "SELECT organization_id, credential_id, secret_version FROM events ORDER BY organization_id, position"
        )
    made = [(row["credential_id"], row["secret_version"]) for row in found]
    assert made[: len(_EVENTS)] == [(credential, version) for *_, credential, version in _EVENTS]
    assert made[len(_EVENTS) :] == [(None, None)] * len(_EVENTS), "another organization's integration is not theirs"
