"""Relay's connections (https://relay.dev/graphql/connections.htm) over keyset pages."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, Self, TypeVar, cast

import strawberry

from resolvers.kit.paging import Page, Window
from schema.inputs import optional

T = TypeVar("T")

First = Annotated[int | None, strawberry.argument(description="How many from the start, 1 to 100; 20 if left out.")]
After = Annotated[str | None, strawberry.argument(description="Go on after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the end, 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="Stop before this cursor.")]


@strawberry.type(description="What lies around a page.")
class PageInfo:
    """Asks the database only for what is not known from reading the page."""

    page: strawberry.Private[Page[Any]]

    @strawberry.field(description="Whether there is more after this page.")
    def has_next_page(self) -> bool:
        """Relay's hasNextPage; awaited by graphql-core only where it has to be asked for."""
        known = self.page.is_followed
        return cast("bool", self.page.has_next()) if known is None else known

    @strawberry.field(description="Whether there is more before this page.")
    def has_previous_page(self) -> bool:
        """Relay's hasPreviousPage, in the same way."""
        known = self.page.is_preceded
        return cast("bool", self.page.has_previous()) if known is None else known

    @strawberry.field(description="The cursor of the page's first row; null if it is empty.")
    def start_cursor(self) -> str | None:
        """Relay's startCursor."""
        return self.page.order.encode(self.page.rows[0]) if self.page.rows else None

    @strawberry.field(description="The cursor of the page's last row; null if it is empty.")
    def end_cursor(self) -> str | None:
        """Relay's endCursor."""
        return self.page.order.encode(self.page.rows[-1]) if self.page.rows else None


@strawberry.type(description="A row of a page, and its place in the list.")
class Edge(Generic[T]):
    """A node and its cursor."""

    cursor: str = strawberry.field(
        description="The row's place: pass it as 'after' or 'before'. Inserts and deletes do not shift it."
    )
    node: T = strawberry.field(description="The row itself.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page as clients see it."""

    edges: list[Edge[T]] = strawberry.field(description="The page's rows with their cursors.")
    page: strawberry.Private[Page[Any]]

    @classmethod
    def of(cls, page: Page[Any], node: Callable[[Any], T]) -> Self:
        """The connection of a page, whose rows become nodes by `node`."""
        return cls(page=page, edges=[Edge(cursor=page.order.encode(row), node=node(row)) for row in page.rows])

    @strawberry.field(description="The page's rows.")
    def nodes(self) -> list[T]:
        """The nodes without their cursors."""
        return [edge.node for edge in self.edges]

    @strawberry.field(description="What lies around the page.")
    def page_info(self) -> PageInfo:
        """Relay's pageInfo."""
        return PageInfo(page=self.page)

    @strawberry.field(description="How many rows the whole list has. Counted only when asked for.")
    async def total_count(self) -> int:
        """Costs a query of its own."""
        return await self.page.count()


def window(first: int | None, after: str | None, last: int | None, before: str | None) -> Window:
    """The window that a field's arguments describe."""
    return Window(optional(first), optional(after), optional(last), optional(before))
