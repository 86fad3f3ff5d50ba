"""PostgreSQL's plan for a page of a large organization: it reads the page's rows by an index, and few others."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from models import Organization, Scope
from resolvers.context import Context, Viewer
from startup.services import create_services
from tests.resolvers.planned_pages import (
    BLOCK,
    BUSY,
    PAGES,
    REVEALED_OFTEN,
    Asking,
    credentials_page,
    integrations_page,
)
from tests.support.databases import settings_in
from tests.support.many_rows import fill, fill_log, fill_log_of, fill_reveals, indexing_afterwards
from tests.support.plans import Statements, rows_looked_at

pytestmark = pytest.mark.parametrize("engine", ["postgres"], indirect=True, scope="session")

# The organization has the second and the fourth block of rows, so that the way through all rows by their ids is long.
_AFTER_MINE, _AFTER_OTHERS = (BLOCK, 3 * BLOCK), (0, 2 * BLOCK, 4 * BLOCK)
_LOOKED_AT = 200  # a search for a word that one name in eight has takes most


@pytest.fixture(scope="module")
async def context(database: TortoiseContext, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Context]:
    """A viewer of a large organization, beside an even larger one."""
    with database:
        made = [await Organization.create(name=name, created_at=datetime.now(UTC)) for name in ("Mine", "Other")]
        async with indexing_afterwards():
            for organization, places in zip(made, (_AFTER_MINE, _AFTER_OTHERS), strict=True):
                for after in places:
                    await fill(organization.id, BLOCK, after)
                await fill_log(organization.id, 2 * BLOCK)
                await fill_log_of(organization.id, BLOCK, BUSY)
            await fill_reveals(made[0].id, BLOCK, REVEALED_OFTEN)
        await made[0].refresh_from_db()
    services = create_services(settings_in(Path(tmp_path_factory.mktemp("services"))))
    yield Context(services, Viewer("test", made[0], "test", frozenset(Scope)))
    await services.stripe.close()


async def _read(ask: Asking, context: Context) -> None:
    """Reads a page, and whether rows precede and follow it."""
    page = await ask(context)
    await page.has_next()
    await page.has_previous()


class _UndoneError(Exception):
    """Rolls a transaction back."""


@pytest.mark.parametrize(("index", "kind"), [(index, kind) for index, kinds in PAGES.items() for kind in kinds])
async def test_a_page_looks_at_little_more_than_it_shows_by_the_index_that_is_there_for_it(
    database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture, index: str, kind: str
) -> None:
    with database:
        statements = Statements(caplog)
        await _read(PAGES[index][kind], context)
        sent = statements.sent()
        assert sent
        assert max([await rows_looked_at(statement) for statement in sent]) <= _LOOKED_AT
        with suppress(_UndoneError):
            async with in_transaction() as connection:
                await connection.execute_query(f"DROP INDEX {index} CASCADE")
                assert max([await rows_looked_at(statement) for statement in sent]) > _LOOKED_AT
                raise _UndoneError


@pytest.mark.parametrize("ask", [integrations_page, credentials_page])
async def test_an_exact_name_is_found_by_the_index_of_names_or_of_their_parts(
    database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture, ask: Callable[..., Asking]
) -> None:
    with database:
        statements = Statements(caplog)
        await _read(ask(name=f"Billing Oslo {BLOCK + 4}"), context)
        assert max([await rows_looked_at(statement) for statement in statements.sent()]) <= _LOOKED_AT
