"""Keyset pagination in both directions: a page starts at a row's position, so inserts and deletes never shift it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from tortoise.models import Model

from models.querying import Select, marks
from resolvers.refusals import InvalidArgument

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

Row = TypeVar("Row", bound=Model)
Place = tuple[str | int | datetime, ...]  # a row's values of an order's columns


class Order(Protocol):
    """The order of a list: its columns, of which the last is unique, and the encoding of its cursors."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to order by."""

    @property
    def descending(self) -> bool:
        """Whether the greatest row comes first."""

    def encode(self, row: Any) -> str:  # noqa: ANN401 - each order knows its own rows
        """The cursor of a row's place."""

    def decode(self, cursor: str) -> Place:
        """The columns' values at a cursor; raises InvalidCursor."""


@dataclass(frozen=True, slots=True)
class Window:
    """The requested part of a list, by the arguments of the GraphQL Cursor Connections Specification (Relay)."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def backwards(self) -> bool:
        """Whether the page is counted from the end."""
        return self.last is not None

    def size(self) -> int:
        """The maximum number of rows; raises InvalidArgument."""
        if self.first is not None and self.last is not None:
            raise InvalidArgument("Pass either 'first' or 'last', not both.")
        size = next((n for n in (self.first, self.last) if n is not None), DEFAULT_PAGE_SIZE)
        if not 1 <= size <= MAX_PAGE_SIZE:
            raise InvalidArgument(f"'first' and 'last' must be between 1 and {MAX_PAGE_SIZE}.")
        return size


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of a list in its order, and whether others precede or follow them."""

    rows: Sequence[Row]
    order: Order
    _everything: Select[Row] = field(repr=False)
    _window: Window
    _more: bool
    _cursor_stands: bool  # the cursor's row is still in the list, just before the page in reading direction

    @property
    def is_followed(self) -> bool | None:
        """Whether rows follow; None if reading the page did not show it."""
        return self._known(self._window.before) if self._window.backwards else self._more

    @property
    def is_preceded(self) -> bool | None:
        """Whether rows precede; None if reading the page did not show it."""
        return self._more if self._window.backwards else self._known(self._window.after)

    async def has_next(self) -> bool:
        """Whether rows follow; queries the database if reading the page did not show it."""
        known = self.is_followed
        return known if known is not None else await self._any_beyond(self.rows[-1:], self._window.before, follows=True)

    async def has_previous(self) -> bool:
        """Whether rows precede; queries the database if reading the page did not show it."""
        known = self.is_preceded
        return known if known is not None else await self._any_beyond(self.rows[:1], self._window.after, follows=False)

    def _known(self, cursor: str | None) -> bool | None:
        """Whether rows exist on the cursor's side of the page."""
        return self._cursor_stands or (None if cursor is not None else False)

    async def count(self) -> int:
        """The number of rows in the whole list."""
        return await self._everything.count()

    async def _any_beyond(self, edge: Sequence[Row], cursor: str | None, *, follows: bool) -> bool:
        """Whether rows exist beyond the page's edge; if the page is empty, at or beyond the cursor."""
        place = _place(self.order, edge[0]) if edge else self.order.decode(cursor or "")
        beyond = _beyond(self._everything, self.order, place, follows=follows, inclusive=not edge)
        # Not `EXISTS`, which has no order: PostgreSQL may then scan for such a row from the table's other end.
        return bool(await beyond.all(_sorting(beyond, self.order, backwards=not follows), limit=1))


async def read_page(everything: Select[Row], order: Order, window: Window) -> Page[Row]:
    """Reads the window of `everything`; raises InvalidArgument or InvalidCursor.

    The query includes the cursor's row: if that still exists, the page has a row on that side, without a second query.
    """
    size, query = window.size(), everything
    begin, end = (window.before, window.after) if window.backwards else (window.after, window.before)
    place = None if begin is None else order.decode(begin)
    if place is not None:
        query = _beyond(query, order, place, follows=not window.backwards, inclusive=True)
    if end is not None:
        query = _beyond(query, order, order.decode(end), follows=window.backwards)
    ordering = _sorting(everything, order, backwards=window.backwards)
    rows = await query.all(ordering, limit=size + (1 if place is None else 2))
    cursor_stands = bool(rows) and _place(order, rows[0]) == place
    rows = rows[1:] if cursor_stands else rows
    shown = rows[:size]
    if window.backwards:
        shown.reverse()
    return Page(shown, order, everything, window, len(rows) > size, cursor_stands)


def _place(order: Order, row: Row) -> Place:
    """The row's position: its values of the order's columns."""
    return tuple(getattr(row, column) for column in order.columns)


def _sorting(rows: Select[Row], order: Order, *, backwards: bool) -> str:
    """The ORDER BY clause."""
    direction = "DESC" if order.descending != backwards else "ASC"
    return ", ".join(f"{rows.column(column)} {direction}" for column in order.columns)


def _beyond(rows: Select[Row], order: Order, place: Place, *, follows: bool, inclusive: bool = False) -> Select[Row]:
    """Selects the rows after or before a position; with the row at the position if `inclusive`."""
    comparison = (">" if follows != order.descending else "<") + ("=" if inclusive else "")
    columns = ", ".join(map(rows.column, order.columns))
    # With a row comparison, the database can seek to the position in an index.
    return rows.where(f"({columns}) {comparison} ({marks(place)})", *place)
