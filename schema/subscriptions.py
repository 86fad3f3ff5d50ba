"""The subscription to the organization's event log."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, cast

import strawberry

from resolvers.context import utc_now
from resolvers.events import read as log
from schema.execution.context import GraphQLContext, Info
from schema.execution.instrumentation import INSTRUMENTATION
from schema.execution.shared_events import Delivery, audience_of
from schema.filters import EventFilterInput
from schema.inputs import optional
from schema.types.event import Event, event_of

After = Annotated[
    str | None,
    strawberry.argument(description="Start after this event's cursor. The default is to start with the next event."),
]
Filter = Annotated[
    EventFilterInput | None, strawberry.argument(description="Return only events that match this filter.")
]


@strawberry.type(description="The subscriptions of the API.")
class Subscription:
    @strawberry.subscription(description="Every event after 'after', in order and exactly once. Needs READ.")
    async def events(
        self, info: Info, after: After = strawberry.UNSET, filter: Filter = strawberry.UNSET
    ) -> AsyncGenerator[Event, None]:
        """Raises refusals here, before the first event, and not from the generator."""
        conditions = filter.unpack() if filter else log.EventFilter()
        context = info.context
        cursor = context.cursor if context.cursor is not None else optional(after)
        cursor = log.newest_cursor(context) if cursor is None else cursor
        followed = await log.follow(context, conditions, cursor)
        if context.began:
            await context.began(cursor)
        audience = audience_of(context.viewer(), info._raw_info)  # noqa: SLF001 - the public one has no fragments
        return cast("AsyncGenerator[Event, None]", _events(context, followed, audience))  # made by the executor


async def _events(
    context: GraphQLContext, followed: AsyncGenerator[log.FollowedEvent, None], audience: bytes
) -> AsyncGenerator[Delivery, None]:
    # Closed now, not when garbage is collected: the shared reader would outlive its last follower.
    async with aclosing(followed):
        began = utc_now()
        async for item in followed:
            event = item.event
            context.cursor = log.event_cursor(event.organization_id, event.position)
            yield Delivery(item, audience, event_of)
            if event.occurred_at >= began:  # past events would distort the metric
                INSTRUMENTATION.get().delivered((utc_now() - event.occurred_at).total_seconds())
