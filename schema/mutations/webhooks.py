"""Mutations of webhook endpoints."""

from typing import Annotated

import strawberry

from resolvers import webhooks
from schema import enums
from schema.errors import (
    InvalidInputError,
    NotFoundError,
    StaleVersionError,
    TooManyWebhookEndpointsError,
)
from schema.execution.context import Info
from schema.inputs import not_null, optional
from schema.interfaces import Success
from schema.types.webhook import WebhookEndpoint

_URL = (
    "An https URL without user name or password, on port 443 or above 1023; in development also http to this "
    "machine. At most 2,000 characters."
)
_KINDS = "The kinds of events to send. Null stands for all, including those of later versions."
_DESCRIPTION = "A description for users, 1 to 500 characters."
_ID = "The endpoint's id."
_SECRET = "The signing secret, whsec_…, with which receivers verify signatures. It is shown only once."  # noqa: S105 - a text


@strawberry.input(description="Input of createWebhookEndpoint.")
class CreateWebhookEndpointInput:
    url: str = strawberry.field(description=_URL)
    description: str | None = strawberry.field(default=None, description=_DESCRIPTION)
    kinds: list[enums.EventKind] | None = strawberry.field(default=None, description=_KINDS)


@strawberry.type(description="The webhook endpoint was created. The events from now on are sent to it.")
class CreateWebhookEndpointSuccess(Success):
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The new endpoint.")
    secret: str = strawberry.field(description=_SECRET)


@strawberry.input(description="Input of updateWebhookEndpoint. Omitted fields stay unchanged.")
class UpdateWebhookEndpointInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    url: str | None = strawberry.field(default=strawberry.UNSET, description=f"{_URL} It is tried at once.")
    description: str | None = strawberry.field(default=strawberry.UNSET, description=f"{_DESCRIPTION} Null removes it.")
    kinds: list[enums.EventKind] | None = strawberry.field(default=strawberry.UNSET, description=_KINDS)
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Update only if this is the current version."
    )

    def unpack(self) -> webhooks.EndpointChanges:
        changes = webhooks.EndpointChanges()
        if (url := not_null("url", self.url)) is not None:
            changes["url"] = url
        if self.description is not strawberry.UNSET:
            changes["description"] = self.description
        if self.kinds is not strawberry.UNSET:
            changes["kinds"] = self.kinds
        return changes


@strawberry.type(description="The webhook endpoint was updated.")
class UpdateWebhookEndpointSuccess(Success):
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The current endpoint.")


@strawberry.input(description="Input of setWebhookEndpointActive.")
class SetWebhookEndpointActiveInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    active: bool = strawberry.field(description="True to switch it on, false to switch it off.")
    from_now: bool = strawberry.field(
        default=False,
        description="Whether an endpoint that is switched on starts with the next event. By default it goes on from "
        "its cursor, and gets the events that it has missed.",
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Update only if this is the current version."
    )


@strawberry.type(description="The webhook endpoint was switched on or off.")
class SetWebhookEndpointActiveSuccess(Success):
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The current endpoint.")


@strawberry.input(description="Input of deleteWebhookEndpoint.")
class DeleteWebhookEndpointInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Delete only if this is the current version."
    )


@strawberry.type(description="The webhook endpoint was deleted, with its secrets and deliveries.")
class DeleteWebhookEndpointSuccess(Success):
    deleted_webhook_endpoint_id: strawberry.ID = strawberry.field(description=_ID)


@strawberry.input(description="Input of rotateWebhookSecret.")
class RotateWebhookSecretInput:
    id: strawberry.ID = strawberry.field(description=_ID)
    overlap_seconds: int = strawberry.field(
        default=86_400,
        description="For how many seconds both secrets sign, so that receivers can change over without a gap: 0 to "
        "604,800, which are seven days. The default is a day.",
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Rotate only if this is the current version."
    )


@strawberry.type(description="The webhook endpoint has a new signing secret. It is shown only once.")
class RotateWebhookSecretSuccess(Success):
    webhook_endpoint: WebhookEndpoint = strawberry.field(description="The current endpoint.")
    secret: str = strawberry.field(description=_SECRET)


CreateWebhookEndpointResult = Annotated[
    CreateWebhookEndpointSuccess | InvalidInputError | TooManyWebhookEndpointsError,
    strawberry.union("CreateWebhookEndpointResult", description="The result of createWebhookEndpoint."),
]
UpdateWebhookEndpointResult = Annotated[
    UpdateWebhookEndpointSuccess | InvalidInputError | NotFoundError | StaleVersionError,
    strawberry.union("UpdateWebhookEndpointResult", description="The result of updateWebhookEndpoint."),
]
SetWebhookEndpointActiveResult = Annotated[
    SetWebhookEndpointActiveSuccess | NotFoundError | StaleVersionError,
    strawberry.union("SetWebhookEndpointActiveResult", description="The result of setWebhookEndpointActive."),
]
DeleteWebhookEndpointResult = Annotated[
    DeleteWebhookEndpointSuccess | NotFoundError | StaleVersionError,
    strawberry.union("DeleteWebhookEndpointResult", description="The result of deleteWebhookEndpoint."),
]
RotateWebhookSecretResult = Annotated[
    RotateWebhookSecretSuccess | InvalidInputError | NotFoundError | StaleVersionError,
    strawberry.union("RotateWebhookSecretResult", description="The result of rotateWebhookSecret."),
]


@strawberry.type
class WebhookMutations:
    @strawberry.mutation(description="Creates a webhook endpoint, of which there can be 20. Needs CONFIGURE.")
    async def create_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[CreateWebhookEndpointInput, strawberry.argument(description="The new endpoint.")],
    ) -> CreateWebhookEndpointResult | None:
        row, secret = await webhooks.create(
            info.context, url=input.url, description=input.description, kinds=input.kinds
        )
        return CreateWebhookEndpointSuccess(
            message=f"Webhook endpoint {row.name} has been added.",
            webhook_endpoint=WebhookEndpoint.of(row),
            secret=secret.reveal(),
        )

    @strawberry.mutation(description="Changes a webhook endpoint's URL, description or kinds. Needs CONFIGURE.")
    async def update_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[UpdateWebhookEndpointInput, strawberry.argument(description="The endpoint and its changes.")],
    ) -> UpdateWebhookEndpointResult | None:
        row = await webhooks.update(
            info.context, id_=input.id, changes=input.unpack(), expected_version=optional(input.expected_version)
        )
        return UpdateWebhookEndpointSuccess(
            message=f"Webhook endpoint {row.name} has been updated.", webhook_endpoint=WebhookEndpoint.of(row)
        )

    @strawberry.mutation(description="Switches a webhook endpoint on or off. Needs CONFIGURE.")
    async def set_webhook_endpoint_active(
        self,
        info: Info,
        input: Annotated[
            SetWebhookEndpointActiveInput, strawberry.argument(description="The endpoint and its new state.")
        ],
    ) -> SetWebhookEndpointActiveResult | None:
        row = await webhooks.switch(
            info.context,
            id_=input.id,
            active=input.active,
            from_now=input.from_now,
            expected_version=optional(input.expected_version),
        )
        return SetWebhookEndpointActiveSuccess(
            message=f"Webhook endpoint {row.name} has been switched {'on' if input.active else 'off'}.",
            webhook_endpoint=WebhookEndpoint.of(row),
        )

    @strawberry.mutation(description="Deletes a webhook endpoint and its deliveries. Needs CONFIGURE.")
    async def delete_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[DeleteWebhookEndpointInput, strawberry.argument(description="The endpoint.")],
    ) -> DeleteWebhookEndpointResult | None:
        row = await webhooks.delete(info.context, id_=input.id, expected_version=optional(input.expected_version))
        return DeleteWebhookEndpointSuccess(
            message=f"Webhook endpoint {row.name} has been deleted.", deleted_webhook_endpoint_id=strawberry.ID(row.id)
        )

    @strawberry.mutation(
        description="Gives a webhook endpoint another signing secret. For a while, the previous one signs, too. Needs "
        "CONFIGURE."
    )
    async def rotate_webhook_secret(
        self,
        info: Info,
        input: Annotated[RotateWebhookSecretInput, strawberry.argument(description="The endpoint.")],
    ) -> RotateWebhookSecretResult | None:
        row, secret = await webhooks.rotate(
            info.context,
            id_=input.id,
            overlap_seconds=input.overlap_seconds,
            expected_version=optional(input.expected_version),
        )
        return RotateWebhookSecretSuccess(
            message=f"Webhook endpoint {row.name} has a new secret.",
            webhook_endpoint=WebhookEndpoint.of(row),
            secret=secret.reveal(),
        )
