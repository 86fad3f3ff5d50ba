"""The migrations create each model's columns, indexes and constraints, and the database enforces them."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from models import (
    ApiToken,
    Canary,
    CheckPace,
    Credential,
    Event,
    IdempotentRequest,
    Integration,
    Organization,
    StripeAuth,
    WebhookDelivery,
    WebhookEndpoint,
    Withdrawal,
)
from models.migrations import migrate
from tests.support.databases import ask, opened, settings_in
from tests.support.servers import ROOT

pytestmark = pytest.mark.usefixtures("engine")

_OWNED = [
    Credential,
    Integration,
    ApiToken,
    Event,
    StripeAuth,
    IdempotentRequest,
    Withdrawal,
    WebhookEndpoint,
    WebhookDelivery,
]
_MODELS = [Organization, Canary, CheckPace, *_OWNED]
# Columns that saving a row must not write.
_WITHOUT_FIELD: dict[type[Model], dict[str, bool]] = {
    Credential: {"claimed_until": True},
    WebhookEndpoint: {"claimed_until": True, "claimed_by": True},
}
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_CREDENTIAL: dict[str, Any] = {
    "name": "Key",
    "name_key": "key",
    "destination": "STRIPE",
    "method": "SECRET_KEY",
    "status": "CONNECTED",
    "sealed_secret": "v1.k1.sealed",
    "created_at": _NOW,
    "updated_at": _NOW,
}


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[None]:
    """A migrated database."""
    async with opened(settings_in(tmp_path)):
        await migrate()
        yield


def _table(model: type[Model]) -> str:
    return model._meta.db_table  # noqa: SLF001 - Tortoise's documented way to a model's options


def _nullable(model: type[Model]) -> dict[str, bool]:
    """Returns whether each column of the model is nullable."""
    meta = model._meta  # noqa: SLF001 - likewise
    return {column: meta.fields_map[field].null for field, column in meta.fields_db_projection.items()}


# The same query for each database's catalog.
_COLUMNS = {
    "sqlite": """SELECT name, "notnull" = 0 AS nullable FROM pragma_table_info('{table}')""",
    "postgres": """SELECT attname AS name, NOT attnotnull AS nullable FROM pg_attribute
        WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped""",
}
_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
}
_FOREIGN_KEYS = {
    "sqlite": """SELECT "table", on_delete FROM pragma_foreign_key_list('{table}')""",
    "postgres": """SELECT confrelid::regclass::text AS table, CASE confdeltype WHEN 'r' THEN 'RESTRICT' END AS on_delete
        FROM pg_constraint WHERE contype = 'f' AND conrelid = '{table}'::regclass""",
}
_INDEXES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgres": "SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%_pkey'",
}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("model", _MODELS)
async def test_columns_are_the_models_fields(model: type[Model], engine: str) -> None:
    columns = await ask(_COLUMNS[engine].format(table=_table(model)))
    expected = _nullable(model) | _WITHOUT_FIELD.get(model, {})
    assert {row["name"]: bool(row["nullable"]) for row in columns} == expected


@pytest.mark.usefixtures("database")
async def test_no_table_is_without_a_model(engine: str) -> None:
    tables = await ask(_TABLES[engine])
    assert {row["name"] for row in tables} == {_table(model) for model in _MODELS} | {"migrations"}


@pytest.mark.usefixtures("database")
async def test_every_index_of_the_migrations_is_there(engine: str) -> None:
    files = sorted((ROOT / "models" / "migrations" / engine).glob("*.sql"))
    text = "".join(file.read_text() for file in files)
    written = set[str]()
    for verb, name in re.findall(r"^(CREATE|DROP) (?:UNIQUE )?INDEX (\w+)", text, re.MULTILINE):
        written = written | {name} if verb == "CREATE" else written - {name}
    assert len(written) >= 18
    assert {row["name"] for row in await ask(_INDEXES[engine])} == written


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("model", _OWNED)
async def test_rows_need_an_organization_that_exists(model: type[Model], engine: str) -> None:
    keys = await ask(_FOREIGN_KEYS[engine].format(table=_table(model)))
    assert {"organizations"} <= {key["table"] for key in keys}
    assert {key["on_delete"] for key in keys} == {"RESTRICT"}


async def _credential(**changes: Any) -> Credential:
    organization, _ = await Organization.get_or_create(name="a", defaults={"created_at": _NOW})
    return await Credential.create(**{**_CREDENTIAL, "organization_id": organization.id, **changes})


async def _integration(credential: Credential, **changes: Any) -> Integration:
    given: dict[str, Any] = {"provider": "STRIPE", "name": "Billing", "name_key": "billing", "active": True}
    times = {"created_at": _NOW, "updated_at": _NOW}
    owner = {"organization_id": credential.organization_id, "credential_id": credential.id}
    return await Integration.create(**{**given, **times, **owner, **changes})


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "changes",
    [
        {"status": "DISCONNECTED"},
        {"status": "CONNECTED", "problem": "KEY_EXPIRED"},
        {"status": "CONNECTED", "sealed_secret": None},
        {"status": "INCOMPLETE"},
        {"status": "CONNECTED", "expires_at": _NOW},
        {"organization_id": "organization_that_is_not_there"},
    ],
    ids=str,
)
async def test_credentials_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=r"constraint"):
        await _credential(**changes)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "changes",
    [
        {"status": "DISCONNECTED", "problem": "KEY_EXPIRED"},
        {"status": "DISCONNECTED", "problem": "UNREADABLE", "sealed_secret": None},
        {"status": "INCOMPLETE", "expires_at": _NOW, "sealed_secret": None},
    ],
    ids=str,
)
async def test_credentials_that_make_sense_are_stored(changes: dict[str, Any]) -> None:
    stored = await Credential.get(id=(await _credential(**changes)).id)
    assert {name: getattr(stored, name) for name in changes} == changes


@pytest.mark.usefixtures("database")
async def test_a_credential_in_use_cannot_be_deleted_under_its_integration() -> None:
    credential = await _credential()
    integration = await _integration(credential)
    with pytest.raises(IntegrityError, match=r"(?i)foreign key constraint"):
        await credential.delete()
    await integration.delete()
    await credential.delete()
    assert await Credential.all().count() == 0


@pytest.mark.usefixtures("database")
async def test_an_organization_with_rows_cannot_be_deleted() -> None:
    await _credential()
    with pytest.raises(IntegrityError, match=r"(?i)foreign key constraint"):
        await Organization.all().delete()


@pytest.mark.usefixtures("database")
async def test_names_are_unique_within_an_organization_only() -> None:
    credential = await _credential()
    await _integration(credential)
    for again in (_credential(), _integration(credential)):
        with pytest.raises(IntegrityError, match=r"(?i)unique constraint"):
            await again
    other = await Organization.create(name="b", created_at=_NOW)
    await _integration(await _credential(organization_id=other.id))


async def _token(organization: Organization, token_hash: str, **changes: Any) -> ApiToken:
    given: dict[str, Any] = {
        "name": "CI",
        "name_key": "ci",
        "scopes": ["READ"],
        "token_hash": token_hash,
        "masked_token": "…",
        "created_at": _NOW,
    }
    return await ApiToken.create(**{**given, "organization_id": organization.id, **changes})


@pytest.mark.usefixtures("database")
async def test_the_name_of_a_token_that_has_ended_is_free_again_and_its_hash_is_not() -> None:
    organization = await Organization.create(name="a", created_at=_NOW)
    await _token(organization, "1", ended_at=_NOW)
    await _token(organization, "2")
    with pytest.raises(IntegrityError, match=r"(?i)unique constraint"):
        await _token(organization, "3")
    with pytest.raises(IntegrityError, match=r"token_hash|api_tokens_hash"):
        await _token(organization, "1", name="Other", name_key="other")


@pytest.mark.usefixtures("database")
async def test_a_position_is_taken_once_in_an_organization() -> None:
    organization = await Organization.create(name="a", created_at=_NOW)
    given: dict[str, Any] = {
        "position": 1,
        "kind": "TOKEN_ISSUED",
        "subject": "s",
        "name": "n",
        "actor": "a",
        "actor_kind": "SYSTEM",
        "occurred_at": _NOW,
    }
    await Event.create(organization_id=organization.id, **given)
    with pytest.raises(IntegrityError, match=r"events[._]position"):
        await Event.create(organization_id=organization.id, **given)
