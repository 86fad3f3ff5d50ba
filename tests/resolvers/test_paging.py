"""Properties of pages: any size, both directions, with inserts and deletes between them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.context import TortoiseContext

from kit.text import name_key
from models import AuthenticationMethod, Credential, CredentialStatus, Destination, Organization
from models.querying import Select
from resolvers.kit.ordering import NounOrder, OrderDirection, OrderField
from resolvers.kit.paging import Window, read_page

_UNCHECKED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
FIELDS = [field for field in OrderField if field is not OrderField.STATUS_COPY]  # which credentials do not have
ORDERS = st.builds(NounOrder, st.sampled_from(FIELDS), st.sampled_from(OrderDirection))
NAMES = st.lists(st.text("aAbBéß", min_size=1, max_size=3), unique_by=name_key, max_size=12)


async def fill(names: list[str]) -> Organization:
    """A new organization with a credential for each name."""
    now = datetime.now(UTC)
    organization = await Organization.create(name=f"{now.timestamp()}{id(names)}", created_at=now)
    for name in names:
        await add(organization, name)
    return organization


async def add(organization: Organization, name: str) -> None:
    now = datetime.now(UTC)
    await Credential.create(
        organization_id=organization.id,
        name=name,
        name_key=name_key(name),
        destination=Destination.STRIPE,
        method=AuthenticationMethod.SECRET_KEY,
        status=CredentialStatus.CONNECTED,
        sealed_secret="sealed",
        created_at=now,
        updated_at=now,
    )


def _rows(organization: Organization) -> Select[Credential]:
    return Select(Credential).where("credentials.organization_id = ?", organization.id)


async def walk(organization: Organization, order: NounOrder, size: int, *, backwards: bool) -> list[str]:
    """Returns all names, page by page, in the list's order. Asserts hasNextPage and hasPreviousPage of each."""
    rows, cursor, names = _rows(organization), None, list[str]()
    while True:
        window = Window(last=size, before=cursor) if backwards else Window(first=size, after=cursor)
        page = await read_page(rows, order, window)
        found = [row.name for row in page.rows]
        assert len(found) <= size
        more, began = await (page.has_previous() if backwards else page.has_next()), cursor is not None
        assert await (page.has_next() if backwards else page.has_previous()) == (began and bool(names))
        names = found + names if backwards else names + found
        if not more:
            return names
        cursor = order.encode(page.rows[0 if backwards else -1])


@settings(max_examples=60, suppress_health_check=_UNCHECKED)
@given(names=NAMES, size=st.integers(1, 6), order=ORDERS, backwards=st.booleans())
async def test_walking_shows_each_row_once_and_in_order(
    database: TortoiseContext, names: list[str], size: int, order: NounOrder, backwards: bool
) -> None:
    with database:
        walked = await walk(await fill(names), order, size, backwards=backwards)
    expected = sorted(names, key=name_key) if order.field is OrderField.NAME else list(names)
    if order.descending:
        expected.reverse()
    assert sorted(walked) == sorted(names)
    assert list(map(name_key, walked)) == list(map(name_key, expected))


@settings(max_examples=60, suppress_health_check=_UNCHECKED)
@given(
    names=NAMES,
    size=st.integers(1, 4),
    order=ORDERS,
    backwards=st.booleans(),
    changes=st.lists(
        st.tuples(st.text("abxX", min_size=4, max_size=6), st.integers(0, 11)), unique_by=lambda c: name_key(c[0])
    ),
)
async def test_inserts_and_deletes_between_pages_lose_and_double_nothing_that_stood_throughout(
    database: TortoiseContext,
    names: list[str],
    size: int,
    order: NounOrder,
    backwards: bool,
    changes: list[tuple[str, int]],
) -> None:
    with database:
        organization = await fill(names)
        rows, stayed, seen, cursor, more = (
            _rows(organization),
            set(names),
            [],
            None,
            True,
        )
        while more:
            window = Window(last=size, before=cursor) if backwards else Window(first=size, after=cursor)
            page = await read_page(rows, order, window)
            seen += [row.name for row in page.rows]
            more = await (page.has_previous() if backwards else page.has_next())
            cursor = order.encode(page.rows[0 if backwards else -1]) if more else None
            if changes and more:
                inserted, deleted = changes.pop()
                await add(organization, inserted)
                mine = Credential.filter(organization_id=organization.id)
                await mine.filter(name__in=names[deleted : deleted + 1]).delete()
                stayed.difference_update(names[deleted : deleted + 1])
    assert stayed <= set(seen)
    assert len(seen) == len(set(seen))


@dataclass(frozen=True, slots=True)
class _Deletion:
    """Places of a list's rows: those of the window's cursors, and those that are deleted before the window is read."""

    count: int
    deleted: set[int]
    after: int | None
    before: int | None

    def left(self) -> list[int]:
        """The places of the rows that are left."""
        return [place for place in range(self.count) if place not in self.deleted]

    def inside(self, place: int) -> bool:
        """Whether a place lies between the cursors."""
        return (self.after is None or place > self.after) and (self.before is None or place < self.before)


_PLACES = st.integers(0, 3)
DELETIONS = st.builds(_Deletion, st.just(4), st.sets(_PLACES), st.none() | _PLACES, st.none() | _PLACES)


@settings(max_examples=100, suppress_health_check=_UNCHECKED)
@given(given_=DELETIONS, size=st.integers(1, 3), order=ORDERS, backwards=st.booleans())
async def test_neighbours_of_any_window_are_reported_though_its_cursors_rows_are_gone(
    database: TortoiseContext, given_: _Deletion, size: int, order: NounOrder, backwards: bool
) -> None:
    with database:
        organization = await fill(list("abcd"))
        rows = await _rows(organization).all("credentials.id")
        rows = rows[::-1] if order.descending else rows
        begin, end = (None if place is None else order.encode(rows[place]) for place in (given_.after, given_.before))
        for place in given_.deleted:
            await rows[place].delete()
        window = Window(None if backwards else size, begin, size if backwards else None, end)
        page = await read_page(_rows(organization), order, window)
        previous, following = await page.has_previous(), await page.has_next()
    left, inside = given_.left(), list(filter(given_.inside, given_.left()))
    shown = inside[-size:] if backwards else inside[:size]
    assert [row.id for row in page.rows] == [rows[place].id for place in shown]
    more = len(inside) > size
    earlier = given_.after is not None and any(place <= given_.after for place in left)
    later = given_.before is not None and any(place >= given_.before for place in left)
    assert (previous, following) == ((more, later) if backwards else (earlier, more))
