"""Pages of the integrations of many credentials: read in one query, which reads hardly more rows than they show."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext

from models import Credential, Integration, Organization, Scope
from resolvers import integrations
from resolvers.context import Context, Viewer
from resolvers.kit.batch_loader import BatchLoader
from resolvers.kit.ordering import NounOrder, OrderDirection
from resolvers.kit.paging import Page, Window
from startup.services import create_services
from tests.support.databases import settings_in
from tests.support.many_rows import fill, indexing_afterwards
from tests.support.plans import Statements, rows_looked_at
from tests.support.rows import connected_credential, integration_using

_ORDER = NounOrder(direction=OrderDirection.ASC)
_USERS = (0, 1, 2, 7)
_MANY, _SHARED, _OTHERS = 3_000, 3, 20_000


@pytest.fixture(scope="module")
async def context(database: TortoiseContext, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Context]:
    """A viewer of an organization whose credentials are used by several integrations, in no order of their ids."""
    with database:
        organization = await Organization.create(name="Mine", created_at=datetime.now(UTC))
        rows = [
            connected_credential(organization.id, f"{n} users", lambda _: "v1.another." + "x" * 140) for n in _USERS
        ]
        for row in rows:
            await row.save(force_create=True)
        for turn in range(max(_USERS)):
            for count, row in zip(_USERS, rows, strict=True):
                if turn < count:
                    user = integration_using(row)
                    user.name = user.name_key = f"{count} {turn}"
                    await user.save(force_create=True)
    services = create_services(settings_in(Path(tmp_path_factory.mktemp("services"))))
    yield Context(services, Viewer("test", organization, "test", frozenset(Scope)))
    await services.stripe.close()


def _windows(ids: list[str]) -> list[Window]:
    """Windows of all kinds, from before the first id to behind the last one, and from places between two ids."""
    cursors = [_ORDER.encode(Integration(id=id_)) for id_ in ("a", *ids, f"{ids[0]}0", "z")]
    sizes: list[dict[str, Any]] = [{}, *({name: size} for name in ("first", "last") for size in (1, 2, 7, 100))]
    ends = [(None, None), *((cursor, None) for cursor in cursors), *((None, cursor) for cursor in cursors)]
    ends += [(cursors[1], cursors[-2]), (cursors[2], cursors[3]), (cursors[3], cursors[2])]
    return [Window(**size, after=after, before=before) for size, (after, before) in product(sizes, ends)]


async def test_each_page_is_right_and_a_hundred_take_one_statement(
    database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    with database:
        users: dict[str, list[str]] = {row.id: [] for row in await Credential.all()}
        for user in await Integration.all().order_by("id"):
            users[user.credential_id].append(user.id)
        asked = [(id_, window) for id_ in users for window in _windows(max(users.values(), key=len))]
        expected = [_expected(users[id_], window) for id_, window in asked]
        wanted = [integrations.page_of_credential(*each) for each in asked]
        statements = Statements(caplog)
        pages = await integrations.pages_of_credentials(context, _counts(context), wanted)
        found = [await _facts(pages[each]) for each in wanted]
        assert [each for each in zip(asked, found, expected, strict=True) if each[1] != each[2]] == []
        assert len(statements.sent()) == -(-len(set(wanted)) // 100)
        assert len({str(facts) for facts in expected}) > 40


def _expected(ids: list[str], window: Window) -> tuple[object, ...]:
    """The page of a list of ids in Python, and whether ids precede and follow it."""
    after, before = (str(_ORDER.decode(cursor)[0]) if cursor else None for cursor in (window.after, window.before))
    inside = [id_ for id_ in ids if (after is None or id_ > after) and (before is None or id_ < before)]
    more = len(inside) > window.size()
    if window.backwards:
        return inside[-window.size() :], before is not None and any(id_ >= before for id_ in ids), more
    return inside[: window.size()], more, after is not None and any(id_ <= after for id_ in ids)


async def _facts(page: Page[Integration]) -> tuple[object, ...]:
    return [row.id for row in page.rows], await page.has_next(), await page.has_previous()


async def test_anothers_credentials_have_no_integrations(database: TortoiseContext, context: Context) -> None:
    with database:
        other = await Organization.create(name="Other", created_at=datetime.now(UTC))
        stranger = Context(context.services, Viewer("test", other, "test", frozenset(Scope)))
        wanted = [integrations.page_of_credential(row.id, Window()) for row in await Credential.all()]
        pages = await integrations.pages_of_credentials(stranger, _counts(stranger), wanted)
        assert [(list(page.rows), await page.count()) for page in pages.values()] == [([], 0)] * len(wanted)


async def test_the_counts_of_many_credentials_take_one_statement(
    database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    with database:
        rows = await Credential.filter(name__endswith="users").order_by("name")
        wanted = [integrations.page_of_credential(row.id, Window(first=1)) for row in rows]
        pages = await integrations.pages_of_credentials(context, _counts(context), wanted)
        statements = Statements(caplog)
        assert await asyncio.gather(*(pages[each].count() for each in wanted)) == list(_USERS)
        assert len(statements.sent()) == 1


def _counts(context: Context) -> BatchLoader[str, int]:
    async def look_up(ids: Any) -> Any:  # noqa: ANN401 - the loader's
        return await integrations.counts_of_credentials(context, ids)

    return BatchLoader(look_up)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True, scope="session")
async def test_a_page_reads_no_more_rows_than_it_shows(
    database: TortoiseContext, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    with database:
        async with indexing_afterwards():
            await fill(context.viewer().organization.id, _OTHERS)  # so many that PostgreSQL does not read all of them
            shared = await _share(context.viewer().organization.id)
        user = await Integration.filter(credential_id=shared[0]).order_by("id").first()
        assert user
        window = Window(first=20, after=_ORDER.encode(user))
        wanted = [integrations.page_of_credential(id_, each) for id_ in shared for each in (Window(first=20), window)]
        statements = Statements(caplog)
        pages = await integrations.pages_of_credentials(context, _counts(context), wanted)
        assert {len(page.rows) for page in pages.values()} == {20}
        (statement,) = statements.sent()
        # An entry of the index, the row and its credential, for each row and the ones before and after.
        assert await rows_looked_at(statement) <= 3 * (1 + 20 + 1) * len(wanted)


async def _share(organization_id: str) -> list[str]:
    """Creates credentials which many integrations share, and returns their ids."""
    credentials = [
        connected_credential(organization_id, f"Shared {n}", lambda _: "v1.another.x") for n in range(_SHARED)
    ]
    for row in credentials:
        await row.save(force_create=True)
    users = [integration_using(row) for _ in range(_MANY // _SHARED) for row in credentials]
    for number, user in enumerate(users):
        user.name = user.name_key = f"Shared {number}"
    await Integration.bulk_create(users, batch_size=1000)
    return [row.id for row in credentials]
