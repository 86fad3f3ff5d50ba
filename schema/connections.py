"""Relay's connections (https://relay.dev/graphql/connections.htm) over keyset pages."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, Self, TypeVar, cast

import strawberry

from resolvers.kit.paging import Page, Window
from schema.execution.weights import COUNTS
from schema.inputs import optional

T = TypeVar("T")

First = Annotated[int | None, strawberry.argument(description="Return the first n rows, 1 to 100. The default is 20.")]
After = Annotated[str | None, strawberry.argument(description="Return rows after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="Return the last n rows, 1 to 100, instead of the first.")]
Before = Annotated[str | None, strawberry.argument(description="Return rows before this cursor.")]


@strawberry.type(description="Information about pagination.")
class PageInfo:
    """Queries the database only if the page does not have the answer already."""

    page: strawberry.Private[Page[Any]]

    @strawberry.field(description="Whether there are rows after this page.")
    def has_next_page(self) -> bool:
        """Returns an awaitable only if a query is needed: graphql-core takes either."""
        known = self.page.is_followed
        return cast("bool", self.page.has_next()) if known is None else known

    @strawberry.field(description="Whether there are rows before this page.")
    def has_previous_page(self) -> bool:
        known = self.page.is_preceded
        return cast("bool", self.page.has_previous()) if known is None else known

    @strawberry.field(description="The cursor of the first row; null if the page is empty.")
    def start_cursor(self) -> str | None:
        return self.page.order.encode(self.page.rows[0]) if self.page.rows else None

    @strawberry.field(description="The cursor of the last row; null if the page is empty.")
    def end_cursor(self) -> str | None:
        return self.page.order.encode(self.page.rows[-1]) if self.page.rows else None


@strawberry.type(description="A row of a page and its cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(
        description="The row's position: pass it as 'after' or 'before'. Inserts and deletes do not shift it."
    )
    node: T = strawberry.field(description="The row.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The rows of the page, with their cursors.")
    page: strawberry.Private[Page[Any]]

    @classmethod
    def of(cls, page: Page[Any], node: Callable[[Any], T]) -> Self:
        """Converts a page's rows into nodes with `node`."""
        return cls(page=page, edges=[Edge(cursor=page.order.encode(row), node=node(row)) for row in page.rows])

    @strawberry.field(description="The rows of the page.")
    def nodes(self) -> list[T]:
        return [edge.node for edge in self.edges]

    @strawberry.field(description="Information about pagination.")
    def page_info(self) -> PageInfo:
        return PageInfo(page=self.page)

    @strawberry.field(description="The number of rows on all pages. Counted only if selected.", metadata=COUNTS)
    async def total_count(self) -> int:
        return await self.page.count()


def window(first: int | None, after: str | None, last: int | None, before: str | None) -> Window:
    """Converts Relay's arguments for a use case."""
    return Window(optional(first), optional(after), optional(last), optional(before))
