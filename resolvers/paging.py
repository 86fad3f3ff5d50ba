"""Keyset pages, both ways: a page goes on from a row's place, so inserts and deletes never shift it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from resolvers.refusals import InvalidArgument

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

Row = TypeVar("Row", bound=Model)


class Order(Protocol):
    """How a list is ordered: by which columns, the last of them unique, and how places in it are written down."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to order by."""

    @property
    def descending(self) -> bool:
        """Whether the greatest comes first."""

    def encode(self, row: Any) -> str:  # noqa: ANN401 - each order knows its own rows
        """The cursor of a row's place."""

    def decode(self, cursor: str) -> tuple[str | int, ...]:
        """The columns' values at a cursor; raises InvalidCursor."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is asked for, as a client gave it. Relay's words, Relay's meaning."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def backwards(self) -> bool:
        """Whether the page is counted from the end."""
        return self.last is not None

    def size(self) -> int:
        """How many rows at the most; raises InvalidArgument."""
        if self.first is not None and self.last is not None:
            raise InvalidArgument("Give either 'first' or 'last', not both.")
        size = next((n for n in (self.first, self.last) if n is not None), DEFAULT_PAGE_SIZE)
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise InvalidArgument(f"'first' and 'last' go from 1 to {MAX_PAGE_SIZE}.")
        return size


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list in its order, and what lies around them."""

    rows: Sequence[Row]
    order: Order
    _everything: QuerySet[Row] = field(repr=False)
    _window: Window
    _more: bool

    async def has_next(self) -> bool:
        """Whether rows follow. Known for a page counted from the start, else asked of the database."""
        if not self._window.backwards:
            return self._more
        return self._window.before is not None and await self._any_beyond(self.rows[-1:], follows=True)

    async def has_previous(self) -> bool:
        """Whether rows precede. Known for a page counted from the end, else asked of the database."""
        if self._window.backwards:
            return self._more
        return self._window.after is not None and await self._any_beyond(self.rows[:1], follows=False)

    async def count(self) -> int:
        """How many rows the whole list has."""
        return await self._everything.count()

    async def _any_beyond(self, edge: Sequence[Row], *, follows: bool) -> bool:
        beyond = self._everything
        for row in edge:
            place = tuple(getattr(row, column) for column in self.order.columns)
            beyond = beyond.filter(_beyond(self.order, place, follows=follows))
        # Not `exists()`, which has no order: PostgreSQL may then look for any such row from the table's other end.
        nearest = beyond.order_by(*_sorting(self.order, backwards=not follows)).limit(1)
        return bool(await nearest.values_list("id"))


async def read_page(everything: QuerySet[Row], order: Order, window: Window) -> Page[Row]:
    """The part of `everything` that the window shows; raises InvalidArgument or InvalidCursor."""
    size, query = window.size(), everything
    if window.after is not None:
        query = query.filter(_beyond(order, order.decode(window.after), follows=True))
    if window.before is not None:
        query = query.filter(_beyond(order, order.decode(window.before), follows=False))
    rows = await query.order_by(*_sorting(order, backwards=window.backwards)).limit(size + 1)
    shown = rows[:size]
    if window.backwards:
        shown.reverse()
    return Page(shown, order, everything, window, len(rows) > size)


def _sorting(order: Order, *, backwards: bool) -> list[str]:
    """What a query is ordered by, in Tortoise's words."""
    sign = "-" if order.descending != backwards else ""
    return [sign + column for column in order.columns]


def _beyond(order: Order, place: tuple[str | int, ...], *, follows: bool) -> Q:
    """The rows after a place, or before it."""
    return _past(order.columns, place, "gt" if follows != order.descending else "lt")


def _past(columns: tuple[str, ...], place: tuple[str | int, ...], comparison: str) -> Q:
    """(a, b) > (x, y) is a >= x, and a > x or b > y: by its first half, a database enters an index at the place."""
    is_past: dict[str, Any] = {f"{columns[0]}__{comparison}": place[0]}
    if len(columns) == 1:
        return Q(**is_past)
    is_not_before: dict[str, Any] = {f"{columns[0]}__{comparison}e": place[0]}
    return Q(**is_not_before) & (Q(**is_past) | _past(columns[1:], place[1:], comparison))
