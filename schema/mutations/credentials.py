"""Mutations of credentials."""

from typing import Annotated

import strawberry

from kit.secret import Secret
from resolvers import credentials
from resolvers.credentials import ReplacementKey
from resolvers.refusals import InvalidInput
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
from schema.inputs import not_null, optional
from schema.interfaces import Success
from schema.mutations.messages import with_notes
from schema.types.integration import Credential


@strawberry.input(description="Input of createCredential.")
class CreateCredentialInput:
    name: str = strawberry.field(
        description="The name, 1 to 100 characters, unique among the organization's credentials."
    )
    secret_key: Secret = strawberry.field(description="A secret or restricted key from the Stripe Dashboard.")


@strawberry.type(description="The credential was created.")
class CreateCredentialSuccess(Success):
    credential: Credential = strawberry.field(description="The new credential.")


@strawberry.input(description="Input of updateCredential. Omitted fields stay unchanged.")
class UpdateCredentialInput:
    id: strawberry.ID = strawberry.field(description="The credential's id.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="The new name.")
    secret_key: Secret | None = strawberry.field(
        default=strawberry.UNSET,
        description="The new key, which replaces the old one if Stripe accepts it. It must belong to the same Stripe "
        "account and mode unless allowAccountChange is true.",
    )
    allow_account_change: bool = strawberry.field(
        default=False, description="Whether the new key may belong to another Stripe account or mode."
    )
    keep_previous_seconds: int = strawberry.field(
        default=0,
        description="For how many seconds a working key that secretKey replaces can still be revealed and restored: "
        "0 to 604,800, which are seven days. With 0 it is erased at once.",
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Update only if this is the current version."
    )

    def replacement_key(self) -> ReplacementKey | None:
        secret = not_null("secret_key", self.secret_key)
        if self.keep_previous_seconds and not secret:
            raise InvalidInput("keep_previous_seconds", "No key is replaced. Pass secretKey, too, or omit this.")
        return ReplacementKey(secret, self.allow_account_change, self.keep_previous_seconds) if secret else None


@strawberry.type(description="The credential was updated.")
class UpdateCredentialSuccess(Success):
    credential: Credential = strawberry.field(description="The current credential.")


@strawberry.input(description="Input of deleteCredential.")
class DeleteCredentialInput:
    id: strawberry.ID = strawberry.field(description="The credential's id.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Delete only if this is the current version."
    )


@strawberry.type(description="The credential and its secret were deleted.")
class DeleteCredentialSuccess(Success):
    deleted_credential_id: strawberry.ID = strawberry.field(description="The credential's id.")


@strawberry.input(description="Input of verifyCredential.")
class VerifyCredentialInput:
    id: strawberry.ID = strawberry.field(description="The credential's id.")


@strawberry.type(description="The credential was verified with Stripe. See its status and problem for the result.")
class VerifyCredentialSuccess(Success):
    credential: Credential = strawberry.field(description="The current credential.")


WRONG = {
    enums.CredentialProblem.KEY_REJECTED: "Stripe no longer recognizes its key. Replace the key.",
    enums.CredentialProblem.KEY_EXPIRED: "its key has expired. Replace the key.",
    enums.CredentialProblem.PERMISSION_LOST: "Stripe denies access to the account.",
    enums.CredentialProblem.DEAUTHORIZED: "its account was disconnected at Stripe. Connect it again.",
    enums.CredentialProblem.REFRESH_FAILED: "Stripe did not refresh its access token. Connect it again.",
    enums.CredentialProblem.UNREADABLE: "its stored secret cannot be decrypted. Check the server's encryption keys.",
}

CreateCredentialResult = Annotated[
    CreateCredentialSuccess | InvalidInputError | InvalidSecretKeyError | NameTakenError | StripeUnavailableError,
    strawberry.union("CreateCredentialResult", description="The result of createCredential."),
]
UpdateCredentialResult = Annotated[
    UpdateCredentialSuccess
    | InvalidInputError
    | InvalidSecretKeyError
    | NameTakenError
    | NotFoundError
    | StaleVersionError
    | StripeUnavailableError,
    strawberry.union("UpdateCredentialResult", description="The result of updateCredential."),
]
DeleteCredentialResult = Annotated[
    DeleteCredentialSuccess | NotFoundError | CredentialInUseError | StaleVersionError,
    strawberry.union("DeleteCredentialResult", description="The result of deleteCredential."),
]
VerifyCredentialResult = Annotated[
    VerifyCredentialSuccess | NotFoundError | StripeUnavailableError,
    strawberry.union("VerifyCredentialResult", description="The result of verifyCredential."),
]


@strawberry.type
class CredentialMutations:
    @strawberry.mutation(
        description="Creates a credential with a secret key, if Stripe accepts the key. Needs CONFIGURE."
    )
    async def create_credential(
        self,
        info: Info,
        input: Annotated[CreateCredentialInput, strawberry.argument(description="The new credential.")],
    ) -> CreateCredentialResult | None:
        row, connected = await credentials.create(info.context, name=input.name, secret_key=input.secret_key)
        lacking = credentials.warning(info.context, row.key_permissions)
        return CreateCredentialSuccess(
            message=with_notes(f"Credential “{row.name}” has been added.", lacking, connected),
            credential=Credential.of(row),
        )

    @strawberry.mutation(description="Renames a credential or replaces its secret key. Needs CONFIGURE.")
    async def update_credential(
        self,
        info: Info,
        input: Annotated[UpdateCredentialInput, strawberry.argument(description="The credential and its changes.")],
    ) -> UpdateCredentialResult | None:
        key = input.replacement_key()
        row = await credentials.update(
            info.context,
            id_=input.id,
            name=not_null("name", input.name),
            key=key,
            expected_version=optional(input.expected_version),
        )
        lacking = credentials.warning(info.context, row.key_permissions) if key else ""
        return UpdateCredentialSuccess(
            message=with_notes(f"Credential “{row.name}” has been updated.", lacking), credential=Credential.of(row)
        )

    @strawberry.mutation(description="Deletes a credential that no integration uses. Needs CONFIGURE.")
    async def delete_credential(
        self, info: Info, input: Annotated[DeleteCredentialInput, strawberry.argument(description="The credential.")]
    ) -> DeleteCredentialResult | None:
        row, withdrawn = await credentials.delete(
            info.context, id_=input.id, expected_version=optional(input.expected_version)
        )
        left = (
            ""
            if withdrawn
            else f" Stripe could not be notified yet. Access to {row.account_id} will be withdrawn later."
        )
        return DeleteCredentialSuccess(
            message=f"Credential “{row.name}” has been deleted.{left}", deleted_credential_id=strawberry.ID(row.id)
        )

    @strawberry.mutation(description="Verifies a credential with Stripe. Needs CONFIGURE.")
    async def verify_credential(
        self, info: Info, input: Annotated[VerifyCredentialInput, strawberry.argument(description="The credential.")]
    ) -> VerifyCredentialResult | None:
        row = await credentials.verify(info.context, input.id)
        works = "works" if row.status is enums.CredentialStatus.CONNECTED else "is not connected yet"
        found = f"no longer works: {WRONG[row.problem]}" if row.problem else f"{works}."
        lacking = "" if row.problem else credentials.warning(info.context, row.key_permissions)
        return VerifyCredentialSuccess(
            message=with_notes(f"Credential “{row.name}” {found}", lacking), credential=Credential.of(row)
        )
