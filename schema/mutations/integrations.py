"""Mutations of integrations."""

from typing import Annotated

import strawberry

from resolvers import credentials, integrations
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
from schema.inputs import AuthenticationInput, not_null, optional
from schema.interfaces import Success
from schema.mutations.messages import with_notes
from schema.types.integration import Integration


@strawberry.input(description="Input of createIntegration.")
class CreateIntegrationInput:
    name: str = strawberry.field(
        description="The name, 1 to 100 characters, unique among the organization's integrations."
    )
    authentication: AuthenticationInput = strawberry.field(description="A secret key or a credential.")
    provider: enums.Provider = strawberry.field(default=enums.Provider.STRIPE, description="The external system.")
    active: bool = strawberry.field(default=True, description="Whether the integration starts activated.")


@strawberry.type(description="The integration was created.")
class CreateIntegrationSuccess(Success):
    integration: Integration = strawberry.field(description="The new integration.")


@strawberry.input(description="Input of updateIntegration. Omitted fields stay unchanged.")
class UpdateIntegrationInput:
    id: strawberry.ID = strawberry.field(description="The integration's id.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="The new name.")
    authentication: AuthenticationInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="A new secret key or another credential. A new key must belong to the same Stripe account and mode "
        "unless allowAccountChange is true; it replaces the key in the integration's credential, for all integrations "
        "that use it. If that credential uses OAuth, the key gets a credential of its own.",
    )
    active: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether to activate or deactivate it."
    )
    allow_account_change: bool = strawberry.field(
        default=False, description="Whether a new key may belong to another Stripe account or mode."
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Update only if this is the current version."
    )


@strawberry.type(description="The integration was updated.")
class UpdateIntegrationSuccess(Success):
    integration: Integration = strawberry.field(description="The current integration.")


@strawberry.input(description="Input of deleteIntegration.")
class DeleteIntegrationInput:
    id: strawberry.ID = strawberry.field(description="The integration's id.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Delete only if this is the current version."
    )


@strawberry.type(description="The integration was deleted, and its secret key too, unless another integration uses it.")
class DeleteIntegrationSuccess(Success):
    deleted_integration_id: strawberry.ID = strawberry.field(description="The integration's id.")
    deleted_credential_id: strawberry.ID | None = strawberry.field(
        description="The id of the credential that held the key; null if no credential was deleted."
    )


@strawberry.input(description="Input of setIntegrationActive.")
class SetIntegrationActiveInput:
    id: strawberry.ID = strawberry.field(description="The integration's id.")
    active: bool = strawberry.field(description="True to activate it, false to deactivate it.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Update only if this is the current version."
    )


@strawberry.type(description="The integration was activated or deactivated.")
class SetIntegrationActiveSuccess(Success):
    integration: Integration = strawberry.field(description="The current integration.")


_SWITCHED = {
    enums.IntegrationStatus.ACTIVE: "has been activated",
    enums.IntegrationStatus.INACTIVE: "has been deactivated",
    enums.IntegrationStatus.NEEDS_ATTENTION: "has been activated, but needs attention: its credential is not connected",
}

CreateIntegrationResult = Annotated[
    CreateIntegrationSuccess
    | InvalidInputError
    | InvalidSecretKeyError
    | NameTakenError
    | NotFoundError
    | CredentialNotConnectedError
    | StripeUnavailableError,
    strawberry.union("CreateIntegrationResult", description="The result of createIntegration."),
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
    strawberry.union("UpdateIntegrationResult", description="The result of updateIntegration."),
]
DeleteIntegrationResult = Annotated[
    DeleteIntegrationSuccess | NotFoundError | StaleVersionError,
    strawberry.union("DeleteIntegrationResult", description="The result of deleteIntegration."),
]
SetIntegrationActiveResult = Annotated[
    SetIntegrationActiveSuccess | NotFoundError | CredentialNotConnectedError | StaleVersionError,
    strawberry.union("SetIntegrationActiveResult", description="The result of setIntegrationActive."),
]


@strawberry.type
class IntegrationMutations:
    @strawberry.mutation(
        description="Creates an integration. A new secret key must be accepted by Stripe first. Needs CONFIGURE."
    )
    async def create_integration(
        self,
        info: Info,
        input: Annotated[CreateIntegrationInput, strawberry.argument(description="The new integration.")],
    ) -> CreateIntegrationResult | None:
        row, connected = await integrations.create(
            info.context,
            provider=input.provider,
            name=input.name,
            authentication=input.authentication.unpack(),
            active=input.active,
        )
        lacking = credentials.warning(info.context, row.credential.key_permissions)
        return CreateIntegrationSuccess(
            message=with_notes(f"Integration “{row.name}” has been added.", lacking, connected),
            integration=Integration.of(row),
        )

    @strawberry.mutation(
        description="Renames, activates or deactivates an integration, or changes its authentication. Needs CONFIGURE."
    )
    async def update_integration(
        self,
        info: Info,
        input: Annotated[UpdateIntegrationInput, strawberry.argument(description="The integration and its changes.")],
    ) -> UpdateIntegrationResult | None:
        authentication = not_null("authentication", input.authentication)
        row = await integrations.update(
            info.context,
            id_=input.id,
            name=not_null("name", input.name),
            authentication=authentication.unpack(any_account=input.allow_account_change) if authentication else None,
            active=not_null("active", input.active),
            expected_version=optional(input.expected_version),
        )
        lacking = credentials.warning(info.context, row.credential.key_permissions) if authentication else ""
        return UpdateIntegrationSuccess(
            message=with_notes(f"Integration “{row.name}” has been updated.", lacking), integration=Integration.of(row)
        )

    @strawberry.mutation(
        description="Deletes an integration, and its secret key if no other integration uses it. Needs CONFIGURE."
    )
    async def delete_integration(
        self,
        info: Info,
        input: Annotated[DeleteIntegrationInput, strawberry.argument(description="The integration.")],
    ) -> DeleteIntegrationResult | None:
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
            strawberry.argument(description="The integration and its new state."),
        ],
    ) -> SetIntegrationActiveResult | None:
        row = await integrations.update(
            info.context, id_=input.id, active=input.active, expected_version=optional(input.expected_version)
        )
        return SetIntegrationActiveSuccess(
            message=f"Integration “{row.name}” {_SWITCHED[row.status]}.", integration=Integration.of(row)
        )
