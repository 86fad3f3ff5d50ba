"""The types of webhook endpoints and their deliveries."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

import strawberry

import models
from resolvers import webhooks
from resolvers.events.read import event_cursor
from schema import enums
from schema.connections import After, Before, Connection, First, Last, window
from schema.execution.cacheable import NOT_CACHEABLE
from schema.execution.context import Info
from schema.execution.weights import COUNTS, length
from schema.interfaces import Node


@strawberry.type(description="An attempt to deliver an event. Attempts are listed for 30 days.")
class WebhookDelivery:
    cursor: str = strawberry.field(description="The event's position in the log.")
    kind: enums.EventKind = strawberry.field(description="The event's kind.")
    attempted_at: datetime = strawberry.field(description="When the attempt began.")
    attempt: int = strawberry.field(description="The number of the attempt, 1 for the first and for tests.")
    outcome: enums.WebhookDeliveryOutcome = strawberry.field(description="The outcome of the attempt.")
    response_status: int | None = strawberry.field(
        description="The HTTP status of the response; null if there was none."
    )
    duration_ms: int = strawberry.field(description="How long the attempt took, in milliseconds.")
    problem: str | None = strawberry.field(
        description="Why the event was not delivered, in words; null if it was delivered."
    )

    @classmethod
    def of(cls, row: models.WebhookDelivery) -> Self:
        return cls(
            cursor=event_cursor(row.organization_id, row.position),
            kind=row.kind,
            attempted_at=row.attempted_at,
            attempt=row.attempt,
            outcome=row.outcome,
            response_status=row.response_status,
            duration_ms=row.duration_ms,
            problem=row.problem,
        )


@strawberry.type(description="The attempts to deliver events that began within an hour, by their outcome.")
class WebhookDeliveryCounts:
    starts_at: datetime = strawberry.field(description="The start of the hour, by UTC.")
    delivered: int = strawberry.field(description="The number of events that were delivered.")
    failed: int = strawberry.field(
        description="The number of attempts that failed before the last one, with those that were postponed, and tests."
    )
    skipped: int = strawberry.field(description="The number of events that were skipped after their last attempt.")

    @classmethod
    def of(cls, start: datetime, counts: Mapping[str, int]) -> Self:
        delivered, failed, skipped = (counts.get(outcome, 0) for outcome in enums.WebhookDeliveryOutcome)
        return cls(starts_at=start, delivered=delivered, failed=failed, skipped=skipped)


@strawberry.type(
    description="A URL that the organization's events are sent to, by Standard Webhooks "
    "(https://www.standardwebhooks.com). No field of this type returns the signing secret."
)
class WebhookEndpoint(Node):
    url: str = strawberry.field(description="The URL.")
    description: str | None = strawberry.field(description="A description for users.")
    kinds: list[enums.EventKind] | None = strawberry.field(
        description="The kinds of events that are sent; null for all, including those of later versions."
    )
    status: enums.WebhookEndpointStatus = strawberry.field(description="Whether events are sent.")
    problem: str | None = strawberry.field(
        description="Why the last attempt to deliver an event failed, or why the endpoint was disabled, in words; null "
        "if neither. Tests do not change it.",
        metadata=NOT_CACHEABLE,
    )
    failing_since: datetime | None = strawberry.field(
        description="Since when no event has been delivered; null if the last attempt succeeded. Tests do not "
        "change it.",
        metadata=NOT_CACHEABLE,
    )
    last_succeeded_at: datetime | None = strawberry.field(
        description="When an event was last delivered; null if none was. Tests do not count.", metadata=NOT_CACHEABLE
    )
    next_attempt_at: datetime | None = strawberry.field(
        description="When the next attempt is due; null if there is nothing to send.", metadata=NOT_CACHEABLE
    )
    cursor: str = strawberry.field(
        description="The cursor of the last event that was delivered or skipped. The events after it are still to be "
        "sent.",
        metadata=NOT_CACHEABLE,
    )
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When its settings, secret or status last changed.")
    version: int = strawberry.field(
        description="The number of the current version. Pass it as expectedVersion to prevent lost updates."
    )
    row: strawberry.Private[models.WebhookEndpoint]

    @strawberry.field(
        description="The number of events in the log after the cursor, of any kind.", metadata=NOT_CACHEABLE
    )
    async def lag(self, info: Info) -> int:
        """Batched: one query for all endpoints of a list."""
        end = await info.context.log_position.load(self.row.organization_id)
        position: int = self.row.position
        return max(0, (end or 0) - position)

    @strawberry.field(
        description="When the previous secret is erased. Until then it signs, too. Null if there is none.",
        metadata=NOT_CACHEABLE,
    )
    def previous_secret_valid_until(self, info: Info) -> datetime | None:
        """Not cacheable, because time alone changes it."""
        return webhooks.valid_until(self.row, info.context.now())

    @strawberry.field(description="The attempts to deliver events, newest first.", metadata={**COUNTS, **NOT_CACHEABLE})
    async def deliveries(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[WebhookDelivery]:
        page = await webhooks.deliveries(info.context, self.row, window(first, after, last, before))
        return Connection.of(page, WebhookDelivery.of)

    @strawberry.field(
        description="The attempts to deliver events in each of the last hours, oldest first, with the current one.",
        metadata={**COUNTS, **NOT_CACHEABLE},
    )
    async def delivery_counts(
        self,
        info: Info,
        hours: Annotated[
            int, strawberry.argument(description="The number of hours, 1 to 720.", metadata=length(webhooks.MAX_HOURS))
        ] = 24,
    ) -> list[WebhookDeliveryCounts]:
        hourly = await webhooks.delivery_counts(info.context, self.row, hours)
        return [WebhookDeliveryCounts.of(start, counts) for start, counts in hourly.items()]

    @classmethod
    def of(cls, row: models.WebhookEndpoint) -> Self:
        return cls(
            id=strawberry.ID(row.id),
            url=row.url,
            description=row.description,
            kinds=None if row.kinds is None else [enums.EventKind(kind) for kind in row.kinds],
            status=row.status,
            problem=row.problem,
            failing_since=row.failing_since,
            last_succeeded_at=row.last_success_at,
            next_attempt_at=row.next_attempt_at,
            cursor=event_cursor(row.organization_id, row.position),
            created_at=row.created_at,
            updated_at=row.updated_at,
            version=row.version,
            row=row,
        )
