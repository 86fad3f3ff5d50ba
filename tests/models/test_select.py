"""Select returns the same rows and models as Tortoise's query sets."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from models import (
    ActorKind,
    ApiToken,
    Credential,
    CredentialProblem,
    CredentialStatus,
    Destination,
    Event,
    EventKind,
    IdempotentRequest,
    Integration,
    Organization,
    StripeAuth,
)
from models.migrations import migrate
from models.querying import Select
from tests.support.databases import ask, opened, settings_in
from tests.support.plans import Statements
from tests.support.rows import connected_credential, incomplete_credential, integration_using

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]

_NAMES = ("a", "b%", "b_", "B", "\\", "'; --", "ü", "a?", "$1")
_NOW = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
_LATER = _NOW + timedelta(hours=1)
_UNUSED: dict[str, Any] = {}
_USED: dict[str, Any] = {"last_used_at": _NOW, "expires_at": _LATER, "revoked_at": _LATER}
_UNTOLD: dict[str, Any] = {}
_TOLD: dict[str, Any] = {"previous_status": "ACTIVE", "status": "INACTIVE", "reason": "because"}


async def _fill(name: str) -> None:
    """Stores an organization with all kinds of rows: null and other values, true and false."""
    organization = await Organization.create(name=name, created_at=_NOW)
    mine: dict[str, Any] = {"organization_id": organization.id, "created_at": _NOW}
    for each in _NAMES:
        credential = connected_credential(organization.id, each, lambda _: "sealed")
        if each == "B":
            credential.status, credential.problem = CredentialStatus.DISCONNECTED, CredentialProblem.UNREADABLE
        await credential.save(force_create=True)
        integration = integration_using(credential)
        integration.active = each != "a"
        await integration.save(force_create=True)
    for due in (_NOW, _LATER):
        await incomplete_credential(organization.id, due.hour, due).save(force_create=True)
    for number, times in enumerate((_UNUSED, _USED)):
        token = ApiToken(**mine, **times, name=str(number), name_key=str(number), scopes=["READ"])
        token.token_hash, token.masked_token = f"{name} {number}", "…"
        await token.save(force_create=True)
    for position, states in enumerate((_UNTOLD, _TOLD), start=1):
        subject = {"kind": EventKind.TOKEN_ISSUED, "subject": "s", "name": "n", "actor": "a"}
        subject |= {"actor_kind": ActorKind.SYSTEM}
        await Event(organization_id=organization.id, position=position, occurred_at=_NOW, **subject, **states).save()
    place: dict[str, Any] = {"destination": Destination.STRIPE, "return_url": "https://example.com"}
    attempt = StripeAuth(**mine, **place, credential_id="c", viewer_id="v", state_hash=name, expires_at=_LATER)
    await attempt.save(force_create=True)
    request = IdempotentRequest(**mine, viewer_id="v", key="k", fingerprint="f", claimed_until=_LATER)
    await request.save(force_create=True)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[None]:
    """Two organizations whose rows have the same names."""
    async with opened(settings_in(tmp_path)):
        await migrate()
        for name in ("one", "two"):
            await _fill(name)
        yield


def _seen(row: Model, relation: str | None = None) -> dict[str, Any]:
    """Returns the attributes of a model and of the row that it refers to."""
    # Only unsaved rows distinguish given from generated ids.
    # Compare types as well, because True equals 1, and a StrEnum equals its text.
    held = {name: (type(value), value) for name, value in vars(row).items() if name != "_custom_generated_pk"}
    return held | ({f"_{relation}": _seen(getattr(row, relation))} if relation else {})


@pytest.mark.parametrize(
    ("model", "relation"),
    [
        (Organization, None),
        (Credential, None),
        (Credential, "organization"),
        (Integration, None),
        (Integration, "credential"),
        (ApiToken, None),
        (ApiToken, "organization"),
        (Event, None),
        (StripeAuth, None),
        (IdempotentRequest, None),
    ],
)
@pytest.mark.usefixtures("database")
async def test_the_models_are_those_that_tortoise_makes(model: type[Model], relation: str | None) -> None:
    expected = model.all().order_by("id")
    rows = await (expected.select_related(relation) if relation else expected)
    select = Select(model, relation)
    found = await select.all(select.column("id"))
    assert found
    assert [_seen(row, relation) for row in found] == [_seen(row, relation) for row in rows]


_Selecting = Callable[[Select[Any], str], Select[Any]]
_Querying = Callable[[QuerySet[Any], str], QuerySet[Any]]
_CONDITIONS: dict[str, tuple[_Selecting, _Querying]] = {
    "equal": (
        lambda rows, text: rows.where(f"{rows.column('name')} = ?", text),
        lambda rows, text: rows.filter(name=text),
    ),
    "two at once": (
        lambda rows, text: rows.where(f"{rows.column('name')} = ? AND {rows.column('name_key')} = ?", text, "B"),
        lambda rows, text: rows.filter(name=text, name_key="B"),
    ),
    "either, and another": (
        lambda rows, text: rows.where(f"{rows.column('name')} = ? OR {rows.column('name')} = ?", text, "a").where(
            f"{rows.column('name')} <> ?", "B"
        ),
        lambda rows, text: rows.filter(Q(name=text) | Q(name="a")).exclude(name="B"),
    ),
    "a part": (
        lambda rows, text: rows.where_contains(rows.column("name_key"), text),
        lambda rows, text: rows.filter(name_key__contains=text),
    ),
    "one of two": (
        lambda rows, text: rows.where_in(rows.column("name"), [text, "a"]),
        lambda rows, text: rows.filter(name__in=[text, "a"]),
    ),
    "one of one": (
        lambda rows, text: rows.where_in(rows.column("name"), {text}),
        lambda rows, text: rows.filter(name__in=[text]),
    ),
    "one of none": (
        lambda rows, _: rows.where_in(rows.column("name"), []),
        lambda rows, _: rows.filter(name__in=[]),
    ),
    "a time": (
        lambda rows, text: rows.where(f"{rows.column('created_at')} > ?", _NOW).where(
            f"{rows.column('name')} <= ?", text
        ),
        lambda rows, text: rows.filter(created_at__gt=_NOW, name__lte=text),
    ),
    "a number": (
        lambda rows, text: rows.where(f"{rows.column('version')} < ? AND {rows.column('name')} >= ?", 2, text),
        lambda rows, text: rows.filter(version__lt=2, name__gte=text),
    ),
}


@pytest.mark.parametrize(("model", "relation"), [(Integration, "credential"), (Credential, None)])
@pytest.mark.parametrize("condition", _CONDITIONS)
@pytest.mark.usefixtures("database")
async def test_the_rows_are_those_that_tortoise_finds(model: type[Model], relation: str | None, condition: str) -> None:
    selecting, querying = _CONDITIONS[condition]
    for text in _NAMES:
        select, query = selecting(Select(model, relation), text), querying(model.all(), text)
        found = await select.all(f"{select.column('name')} DESC, {select.column('id')}")
        assert [row.id for row in found] == [row.id for row in await query.order_by("-name", "id")]
        assert len(await select.all(limit=2)) == min(2, len(found))
        assert await select.count() == len(found)


@pytest.mark.usefixtures("database")
async def test_one_is_one_and_none_is_none() -> None:
    rows = Select(Organization)
    one = await rows.where("organizations.name = ?", "one").one()
    assert one
    assert one.name == "one"
    assert await rows.where("organizations.name = ?", "three").one() is None


@pytest.mark.usefixtures("database")
async def test_each_read_is_one_statement(caplog: pytest.LogCaptureFixture) -> None:
    rows = Select(Integration, "credential").where("integrations.name = ?", "B")
    for read in (rows.all, rows.one, rows.count):
        statements = Statements(caplog)
        await read()
        assert len(statements.sent()) == 1
    statements = Statements(caplog)
    assert [row.credential.name for row in await rows.all()] == ["B", "B"]
    assert len(statements.sent()) == 1


class _UndoneError(Exception):
    """Rolls back a transaction."""


async def _change_and_delete(rows: Select[Integration]) -> None:
    first, second = await rows.all()
    first.name = "changed"
    await first.save()
    await second.delete()
    assert await rows.count() == 0
    assert await Integration.filter(id=first.id, name="changed").exists()


@pytest.mark.usefixtures("database")
async def test_a_row_that_was_found_can_be_changed_and_deleted_in_the_callers_transaction() -> None:
    rows = Select(Integration, "credential").where("integrations.name = ?", "B")
    with suppress(_UndoneError):
        async with in_transaction():
            await _change_and_delete(rows)
            raise _UndoneError
    assert len(await rows.all()) == 2


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("text", ["2026-01-02 03:04:05", "2026-01-02T03:04:05Z", "2026-01-02 05:04:05.6+02:00"])
@pytest.mark.usefixtures("database")
async def test_a_time_that_an_operator_wrote_to_sqlite_is_read_as_tortoise_reads_it(text: str) -> None:
    await ask(f"UPDATE organizations SET created_at = '{text}'")  # noqa: S608 - written above
    found, expected = await Select(Organization).all(), await Organization.all()
    assert [row.created_at for row in found] == [row.created_at for row in expected]
