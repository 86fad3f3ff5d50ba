"""Mutations of integrations."""

from typing import Annotated

import strawberry

from resolvers import integrations
from schema import enums
from schema.errors import (
    CredentialNotConnectedError,
    InvalidInputError,
    InvalidSecretKeyError,
    NameTakenError,
    NotFoundError,
    StaleVersionError,
    StripeUnavailableError,
)
from schema.execution.context import Info
from schema.inputs import AuthenticationInput, given, optional
from schema.interfaces import Success
from schema.types.integration import Integration


@strawberry.input(description="A new integration.")
class CreateIntegrationInput:
    name: str = strawberry.field(description="1 to 100 characters, unique among the organization's integrations.")
    authentication: AuthenticationInput = strawberry.field(description="A secret key, or a credential.")
    provider: enums.Provider = strawberry.field(default=enums.Provider.STRIPE, description="The external system.")
    active: bool = strawberry.field(default=True, description="Whether it is switched on.")


@strawberry.type(description="The integration has been added.")
class CreateIntegrationSuccess(Success):
    integration: Integration = strawberry.field(description="The new integration.")


@strawberry.input(description="Changes of an integration: what is left out stays as it is.")
class UpdateIntegrationInput:
    id: strawberry.ID = strawberry.field(description="Which integration.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="A new name.")
    authentication: AuthenticationInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="A new secret key of the same Stripe account, which replaces the one in the integration's "
        "credential for all that use it (if that came by OAuth, the key gets a credential of its own); or another "
        "credential.",
    )
    active: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether it is switched on.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Change it only if this is still its version."
    )


@strawberry.type(description="The integration has been updated.")
class UpdateIntegrationSuccess(Success):
    integration: Integration = strawberry.field(description="The integration as it is now.")


@strawberry.input(description="An integration to delete.")
class DeleteIntegrationInput:
    id: strawberry.ID = strawberry.field(description="Which integration.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Delete it only if this is still its version."
    )


@strawberry.type(
    description="The integration has been deleted. Its secret key went with it, unless another integration uses the "
    "same credential."
)
class DeleteIntegrationSuccess(Success):
    deleted_integration_id: strawberry.ID = strawberry.field(description="The integration's id.")
    deleted_credential_id: strawberry.ID | None = strawberry.field(
        description="The id of the credential that went with it; null if it stays."
    )


@strawberry.input(description="A switch to throw.")
class SetIntegrationActiveInput:
    id: strawberry.ID = strawberry.field(description="Which integration.")
    active: bool = strawberry.field(description="Whether it is to be switched on.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Switch it only if this is still its version."
    )


@strawberry.type(description="The integration has been switched on or off.")
class SetIntegrationActiveSuccess(Success):
    integration: Integration = strawberry.field(description="The integration as it is now.")


_SWITCHED = {
    enums.IntegrationStatus.ACTIVE: "has been activated",
    enums.IntegrationStatus.INACTIVE: "has been deactivated",
    enums.IntegrationStatus.NEEDS_ATTENTION: "is switched on, but needs attention: its credential is not connected",
}

CreateIntegrationResult = Annotated[
    CreateIntegrationSuccess
    | InvalidInputError
    | InvalidSecretKeyError
    | NameTakenError
    | NotFoundError
    | CredentialNotConnectedError
    | StripeUnavailableError,
    strawberry.union("CreateIntegrationResult", description="What createIntegration answers."),
]
UpdateIntegrationResult = Annotated[
    UpdateIntegrationSuccess
    | InvalidInputError
    | InvalidSecretKeyError
    | NameTakenError
    | NotFoundError
    | CredentialNotConnectedError
    | StaleVersionError
    | StripeUnavailableError,
    strawberry.union("UpdateIntegrationResult", description="What updateIntegration answers."),
]
DeleteIntegrationResult = Annotated[
    DeleteIntegrationSuccess | NotFoundError | StaleVersionError,
    strawberry.union("DeleteIntegrationResult", description="What deleteIntegration answers."),
]
SetIntegrationActiveResult = Annotated[
    SetIntegrationActiveSuccess | NotFoundError | CredentialNotConnectedError | StaleVersionError,
    strawberry.union("SetIntegrationActiveResult", description="What setIntegrationActive answers."),
]


@strawberry.type
class IntegrationMutations:
    @strawberry.mutation(description="Adds an integration, once Stripe has accepted its key. Needs CONFIGURE.")
    async def create_integration(
        self,
        info: Info,
        input: Annotated[CreateIntegrationInput, strawberry.argument(description="The new integration.")],
    ) -> CreateIntegrationResult:
        row = await integrations.create(
            info.context,
            provider=input.provider,
            name=input.name,
            authentication=input.authentication.unpack(),
            active=input.active,
        )
        return CreateIntegrationSuccess(
            message=f"Integration “{row.name}” has been added.", integration=Integration.of(row)
        )

    @strawberry.mutation(description="Changes an integration's name, key or switch. Needs CONFIGURE.")
    async def update_integration(
        self,
        info: Info,
        input: Annotated[
            UpdateIntegrationInput, strawberry.argument(description="Which integration, and what is to change.")
        ],
    ) -> UpdateIntegrationResult:
        authentication = given("authentication", input.authentication)
        row = await integrations.update(
            info.context,
            id_=input.id,
            name=given("name", input.name),
            authentication=authentication.unpack() if authentication else None,
            active=given("active", input.active),
            expected_version=optional(input.expected_version),
        )
        return UpdateIntegrationSuccess(
            message=f"Integration “{row.name}” has been updated.", integration=Integration.of(row)
        )

    @strawberry.mutation(description="Deletes an integration and its secret key. Needs CONFIGURE.")
    async def delete_integration(
        self,
        info: Info,
        input: Annotated[DeleteIntegrationInput, strawberry.argument(description="Which integration.")],
    ) -> DeleteIntegrationResult:
        row, credential = await integrations.delete(
            info.context, id_=input.id, expected_version=optional(input.expected_version)
        )
        return DeleteIntegrationSuccess(
            message=f"Integration “{row.name}” has been deleted.",
            deleted_integration_id=strawberry.ID(row.id),
            deleted_credential_id=strawberry.ID(credential.id) if credential else None,
        )

    @strawberry.mutation(description="Activates or deactivates an integration. Needs CONFIGURE.")
    async def set_integration_active(
        self,
        info: Info,
        input: Annotated[
            SetIntegrationActiveInput,
            strawberry.argument(description="Which integration, and how it is to be switched."),
        ],
    ) -> SetIntegrationActiveResult:
        row = await integrations.update(
            info.context, id_=input.id, active=input.active, expected_version=optional(input.expected_version)
        )
        return SetIntegrationActiveSuccess(
            message=f"Integration “{row.name}” {_SWITCHED[row.status]}.", integration=Integration.of(row)
        )
