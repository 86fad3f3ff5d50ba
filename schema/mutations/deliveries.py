"""Mutations of what is delivered to webhook endpoints: tests and replays."""

from typing import Annotated

import strawberry

from resolvers import webhooks
from schema import enums
from schema.errors import InvalidInputError, NotFoundError, StaleVersionError
from schema.execution.context import Info
from schema.inputs import optional
from schema.interfaces import Success
from schema.types.webhook import WebhookDelivery, WebhookEndpoint

_ID = "The endpoint's id."


@strawberry.input(description="Input of testWebhookEndpoint.")
class TestWebhookEndpointInput:
    id: strawberry.ID = strawberry.field(description=_ID)


@strawberry.type(description="A test event was sent. The delivery shows whether the receiver accepted it.")
class TestWebhookEndpointSuccess(Success):
    webhook_endpoint: WebhookEndpoint = strawberry.field(
        description="The endpoint. If the receiver accepted the test, an event that waits is due at once."
    )
    delivery: WebhookDelivery = strawberry.field(description="The attempt to deliver the event.")


@strawberry.input(description="Input of replayWebhookEvents.")
class ReplayWebhookEventsInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    after: str | None = strawberry.field(
        default=None,
        description="The cursor of an event that the endpoint has had. The events after it are sent again. Null sends "
        "none again: the next attempt is made at once, and the failures before it count on.",
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Replay only if this is the current version."
    )


@strawberry.type(description="The webhook endpoint goes on after the cursor, at once or once it is switched on.")
class ReplayWebhookEventsSuccess(Success):
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The current endpoint.")


TestWebhookEndpointResult = Annotated[
    TestWebhookEndpointSuccess | NotFoundError,
    strawberry.union("TestWebhookEndpointResult", description="The result of testWebhookEndpoint."),
]
ReplayWebhookEventsResult = Annotated[
    ReplayWebhookEventsSuccess | InvalidInputError | NotFoundError | StaleVersionError,
    strawberry.union("ReplayWebhookEventsResult", description="The result of replayWebhookEvents."),
]


@strawberry.type
class DeliveryMutations:
    @strawberry.mutation(
        description="Sends WEBHOOK_ENDPOINT_TESTED to a webhook endpoint at once, whatever its kinds and status, and "
        "returns the result. If the receiver accepts it, an event that waits for its next attempt is due at once. The "
        "event is in the log, too, for other endpoints. Needs CONFIGURE."
    )
    async def test_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[TestWebhookEndpointInput, strawberry.argument(description="The endpoint.")],
    ) -> TestWebhookEndpointResult | None:
        row, delivery = await webhooks.send_test(info.context, input.id)
        message = f"The test failed: {delivery.problem}" if delivery.problem else "The receiver accepted the test."
        return TestWebhookEndpointSuccess(
            message=message, webhook_endpoint=WebhookEndpoint.of(row), delivery=WebhookDelivery.of(delivery)
        )

    @strawberry.mutation(
        description="Moves a webhook endpoint back, so that it gets events again, at once or once it is switched on. "
        "Needs CONFIGURE."
    )
    async def replay_webhook_events(
        self,
        info: Info,
        input: Annotated[ReplayWebhookEventsInput, strawberry.argument(description="The endpoint and a cursor.")],
    ) -> ReplayWebhookEventsResult | None:
        row = await webhooks.replay(
            info.context, id_=input.id, after=input.after, expected_version=optional(input.expected_version)
        )
        what = f"{row.name} is tried again" if input.after is None else f"Events are sent to {row.name} again"
        when = "" if row.status is enums.WebhookEndpointStatus.ENABLED else " once it is switched on"
        return ReplayWebhookEventsSuccess(message=f"{what}{when}.", webhook_endpoint=WebhookEndpoint.of(row))
