"""Queries whose SQL is remembered find what they would find if it were made anew, with whatever they look for."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import DoesNotExist, MultipleObjectsReturned
from tortoise.expressions import Q
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from models import AuthenticationMethod, Credential, CredentialStatus, Integration, Organization
from models.migrations import migrate
from tests.support.databases import opened, settings_in
from tests.support.rows import connected_credential, incomplete_credential, integration_using

pytestmark = pytest.mark.usefixtures("engine")

_NAMES = ("a", "b%", "b_", "B", "\\", "'; --", "ü")
_NOW = datetime.now(UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[None]:
    """Two organizations with integrations of the same names, one of them switched off, and an incomplete credential."""
    async with opened(settings_in(tmp_path)):
        await migrate()
        for name in ("one", "two"):
            organization = await Organization.create(name=name, created_at=_NOW)
            for each in _NAMES:
                credential = connected_credential(organization.id, each, lambda _: "sealed")
                await credential.save(force_create=True)
                integration = integration_using(credential)
                integration.active = each != "a"
                await integration.save(force_create=True)
            await incomplete_credential(organization.id, 1, _NOW).save(force_create=True)
        yield


# Each is asked for twice, for two texts: the second time its SQL is remembered.
_FORMS: dict[str, Callable[[QuerySet[Any], str], QuerySet[Any]]] = {
    "equal": lambda rows, text: rows.filter(name=text),
    "not equal": lambda rows, text: rows.exclude(name=text),
    "twice": lambda rows, text: rows.filter(name=text, name_key=text),
    "greater": lambda rows, text: rows.filter(name_key__gt=text).order_by("name_key", "id"),
    "a place": lambda rows, text: rows.filter(Q(name_key__gte=text) & (Q(name_key__gt=text) | Q(id__gt="x"))),
    "not any of": lambda rows, text: rows.filter(~(Q(name=text) | Q(name="a"))),
    "a part": lambda rows, text: rows.filter(name_key__contains=text),
    "one of": lambda rows, text: rows.filter(name__in=[text, "a"]),
    "one of one": lambda rows, text: rows.filter(name__in=[text]),
    "one of none": lambda rows, _: rows.filter(name__in=[]),
    "backwards": lambda rows, text: rows.filter(name__lt=text).order_by("-name_key", "-id").limit(3),
    "fewer": lambda rows, text: rows.filter(name__lt=text).order_by("-name_key", "-id").limit(2),
    "locked": lambda rows, text: rows.filter(name=text).select_for_update(no_key=True),
}


def _anew(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same query, by Tortoise's own class."""
    fresh = rows._clone()
    fresh.__class__ = QuerySet
    return fresh


def _seen(rows: list[Any]) -> list[dict[str, Any]]:
    return sorted(({field: getattr(row, field) for field in row._meta.db_fields} for row in rows), key=str)


@pytest.mark.parametrize("model", [Integration, Credential])
@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.usefixtures("database")
async def test_the_same_is_found(model: type[Integration | Credential], form: str) -> None:
    for text in _NAMES:
        query = _FORMS[form](model.filter(), text)
        async with in_transaction():
            assert _seen(await query) == _seen(await _anew(query))


@pytest.mark.usefixtures("database")
async def test_conditions_that_are_no_texts_are_told_apart() -> None:
    rows = Credential.filter()
    for query in (
        rows.filter(status=CredentialStatus.CONNECTED),
        rows.filter(status=CredentialStatus.INCOMPLETE),
        rows.filter(method=AuthenticationMethod.OAUTH),
        rows.filter(expires_at__isnull=True),
        rows.filter(expires_at__isnull=False),
        rows.filter(expires_at=None),
        rows.filter(expires_at__gt=_NOW - timedelta(seconds=1)),
        rows.filter(expires_at__gt=_NOW + timedelta(seconds=1)),
        rows.filter(version=1),
        rows.filter(version=2),
        rows.filter(account_known=True),
        rows.filter(account_known=False),
    ):
        assert _seen(await query) == _seen(await _anew(query))


@pytest.mark.usefixtures("database")
async def test_what_a_row_refers_to_comes_with_it() -> None:
    for text in ("a", "B"):
        query = Integration.filter(name=text).select_related("credential").order_by("id")
        remembered, anew = await query, await _anew(query)
        assert [row.credential.name for row in remembered] == [text, text]
        assert _seen([row.credential for row in remembered]) == _seen([row.credential for row in anew])
        assert [row.status for row in remembered] == [row.status for row in anew]


@pytest.mark.usefixtures("database")
async def test_a_row_that_was_found_can_be_changed() -> None:
    row = await Integration.filter(name="B").first()
    assert row
    row.name = "changed"
    await row.save()
    assert (await Integration.get(id=row.id)).name == "changed"


@pytest.mark.usefixtures("database")
async def test_one_is_one_none_is_none_and_two_are_too_many() -> None:
    one = await Organization.get(name="one")
    assert one.name == "one"
    assert await Organization.get_or_none(name="three") is None
    with pytest.raises(DoesNotExist):
        await Organization.get(name="three")
    with pytest.raises(MultipleObjectsReturned):
        await Integration.get(name="a")
