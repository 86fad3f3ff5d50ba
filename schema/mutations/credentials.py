"""Mutations of credentials."""

from typing import Annotated

import strawberry

from kit.secret import Secret
from resolvers import credentials
from schema import enums
from schema.errors import (
    CredentialInUseError,
    InvalidInputError,
    InvalidSecretKeyError,
    NameTakenError,
    NotFoundError,
    StaleVersionError,
    StripeUnavailableError,
)
from schema.execution.context import Info
from schema.inputs import given, optional
from schema.interfaces import Success
from schema.types.integration import Credential


@strawberry.input(description="A credential that holds a secret key, for one or more integrations to use.")
class CreateCredentialInput:
    name: str = strawberry.field(description="1 to 100 characters, unique among the organization's credentials.")
    secret_key: Secret = strawberry.field(description="A secret or restricted key from Stripe's dashboard.")


@strawberry.type(description="The credential has been added.")
class CreateCredentialSuccess(Success):
    credential: Credential = strawberry.field(description="The new credential.")


@strawberry.input(description="Changes of a credential: what is left out stays as it is.")
class UpdateCredentialInput:
    id: strawberry.ID = strawberry.field(description="Which credential.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="A new name.")
    secret_key: Secret | None = strawberry.field(
        default=strawberry.UNSET,
        description="Replaces the old key in place, after Stripe has accepted it. It must belong to the same Stripe "
        "account and mode unless allowAccountChange is true.",
    )
    allow_account_change: bool = strawberry.field(
        default=False, description="Whether the new key may belong to another Stripe account or mode."
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Change it only if this is still its version."
    )


@strawberry.type(description="The credential has been updated.")
class UpdateCredentialSuccess(Success):
    credential: Credential = strawberry.field(description="The credential as it is now.")


@strawberry.input(description="A credential to delete.")
class DeleteCredentialInput:
    id: strawberry.ID = strawberry.field(description="Which credential.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Delete it only if this is still its version."
    )


@strawberry.type(description="The credential has been deleted, with its secret.")
class DeleteCredentialSuccess(Success):
    deleted_credential_id: strawberry.ID = strawberry.field(description="The credential's id.")


@strawberry.input(description="A credential to ask Stripe about.")
class VerifyCredentialInput:
    id: strawberry.ID = strawberry.field(description="Which credential.")


@strawberry.type(description="Stripe has answered: the credential's status and problem say what.")
class VerifyCredentialSuccess(Success):
    credential: Credential = strawberry.field(description="The credential as it is now.")


_WRONG = {
    enums.CredentialProblem.KEY_REJECTED: "Stripe does not know its key any more. Replace the key.",
    enums.CredentialProblem.KEY_EXPIRED: "its key has expired. Replace the key.",
    enums.CredentialProblem.PERMISSION_LOST: "Stripe refuses it the account, or refuses this server's IP address.",
    enums.CredentialProblem.DEAUTHORIZED: "its account was disconnected at Stripe. Connect it again.",
    enums.CredentialProblem.REFRESH_FAILED: "Stripe did not renew its access. Connect it again.",
    enums.CredentialProblem.UNREADABLE: "its stored secret does not open. Check the server's encryption keys.",
}

CreateCredentialResult = Annotated[
    CreateCredentialSuccess | InvalidInputError | InvalidSecretKeyError | NameTakenError | StripeUnavailableError,
    strawberry.union("CreateCredentialResult", description="What createCredential answers."),
]
UpdateCredentialResult = Annotated[
    UpdateCredentialSuccess
    | InvalidInputError
    | InvalidSecretKeyError
    | NameTakenError
    | NotFoundError
    | StaleVersionError
    | StripeUnavailableError,
    strawberry.union("UpdateCredentialResult", description="What updateCredential answers."),
]
DeleteCredentialResult = Annotated[
    DeleteCredentialSuccess | NotFoundError | CredentialInUseError | StaleVersionError,
    strawberry.union("DeleteCredentialResult", description="What deleteCredential answers."),
]
VerifyCredentialResult = Annotated[
    VerifyCredentialSuccess | NotFoundError | StripeUnavailableError,
    strawberry.union("VerifyCredentialResult", description="What verifyCredential answers."),
]


@strawberry.type
class CredentialMutations:
    @strawberry.mutation(description="Adds a credential, once Stripe has accepted its key. Needs CONFIGURE.")
    async def create_credential(
        self,
        info: Info,
        input: Annotated[CreateCredentialInput, strawberry.argument(description="The new credential.")],
    ) -> CreateCredentialResult:
        row = await credentials.create(info.context, name=input.name, secret_key=input.secret_key)
        return CreateCredentialSuccess(
            message=f"Credential “{row.name}” has been added.", credential=Credential.of(row)
        )

    @strawberry.mutation(description="Renames a credential or replaces its secret key in place. Needs CONFIGURE.")
    async def update_credential(
        self,
        info: Info,
        input: Annotated[
            UpdateCredentialInput, strawberry.argument(description="Which credential, and what is to change.")
        ],
    ) -> UpdateCredentialResult:
        row = await credentials.update(
            info.context,
            id_=input.id,
            name=given("name", input.name),
            secret_key=given("secret_key", input.secret_key),
            allow_account_change=input.allow_account_change,
            expected_version=optional(input.expected_version),
        )
        return UpdateCredentialSuccess(
            message=f"Credential “{row.name}” has been updated.", credential=Credential.of(row)
        )

    @strawberry.mutation(description="Deletes a credential that no integration uses. Needs CONFIGURE.")
    async def delete_credential(
        self, info: Info, input: Annotated[DeleteCredentialInput, strawberry.argument(description="Which credential.")]
    ) -> DeleteCredentialResult:
        row, withdrawn = await credentials.delete(
            info.context, id_=input.id, expected_version=optional(input.expected_version)
        )
        left = (
            "" if withdrawn else f" Stripe could not be told: remove access to {row.account_id} in Stripe's dashboard."
        )
        return DeleteCredentialSuccess(
            message=f"Credential “{row.name}” has been deleted.{left}", deleted_credential_id=strawberry.ID(row.id)
        )

    @strawberry.mutation(description="Asks Stripe now whether a credential still works. Needs CONFIGURE.")
    async def verify_credential(
        self, info: Info, input: Annotated[VerifyCredentialInput, strawberry.argument(description="Which credential.")]
    ) -> VerifyCredentialResult:
        row = await credentials.verify(info.context, input.id)
        works = "works" if row.status is enums.CredentialStatus.CONNECTED else "is not connected yet"
        found = f"does not work any more: {_WRONG[row.problem]}" if row.problem else f"{works}."
        return VerifyCredentialSuccess(message=f"Credential “{row.name}” {found}", credential=Credential.of(row))
