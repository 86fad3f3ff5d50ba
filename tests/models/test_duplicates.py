"""A violated unique index is told from other integrity errors, in whatever language the database speaks."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tortoise.exceptions import IntegrityError

from models import ApiToken, Organization
from models.duplicates import DuplicateError, raising_duplicates
from models.migrations import migrate
from tests.support.databases import opened, settings_in

pytestmark = pytest.mark.usefixtures("engine")

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def organization(tmp_path: Path) -> AsyncIterator[Organization]:
    async with opened(settings_in(tmp_path)):
        await migrate()
        yield await Organization.create(name="Acme", created_at=_NOW)


async def test_a_second_row_with_the_same_name_is_a_duplicate(organization: Organization) -> None:
    with pytest.raises(DuplicateError), raising_duplicates():
        await Organization.create(name=organization.name, created_at=_NOW)


async def test_a_second_row_with_the_same_id_is_a_duplicate(organization: Organization) -> None:
    with pytest.raises(DuplicateError), raising_duplicates():
        await Organization.create(id=organization.id, name="Other", created_at=_NOW)


@pytest.mark.usefixtures("organization")
async def test_a_row_of_an_unknown_organization_is_no_duplicate() -> None:
    token = ApiToken(organization_id="unknown", name="a", name_key="a", scopes=[], token_hash="h", created_at=_NOW)
    token.masked_token = "m"
    with pytest.raises(IntegrityError), raising_duplicates():
        await token.save(force_create=True)


@pytest.mark.parametrize("cause", ["23505", "23503"])
def test_the_code_decides_and_not_the_words(cause: str) -> None:
    driver = Exception("llave duplicada viola restricción de unicidad")
    driver.sqlstate = cause  # type: ignore[attr-defined]
    with pytest.raises(DuplicateError if cause == "23505" else IntegrityError), raising_duplicates():
        raise IntegrityError(driver)
