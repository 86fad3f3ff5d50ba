"""The mutation that checks a secret key without saving it."""

from typing import Annotated

import strawberry

from kit.secret import Secret
from resolvers import credentials
from schema import enums
from schema.errors import InvalidInputError, InvalidSecretKeyError, StripeUnavailableError
from schema.execution.context import Info
from schema.inputs import optional
from schema.interfaces import Success
from schema.mutations.messages import with_notes
from schema.types.integration import Credential, StripeAccount
from schema.types.key import KeyPermission


@strawberry.input(description="Input of checkSecretKey.")
class CheckSecretKeyInput:
    secret_key: Secret = strawberry.field(description="A secret or restricted key from the Stripe Dashboard.")
    permissions: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The permissions to look for, such as customer_read. By default those that integrations need: see "
        "requiredPermissions of availableIntegrations.",
    )


@strawberry.type(description="Stripe accepts the key. Nothing was saved.")
class CheckSecretKeySuccess(Success):
    destination: enums.Destination = strawberry.field(description="The mode of the key.")
    kind: enums.SecretKeyKind = strawberry.field(description="The kind of the key.")
    account: StripeAccount | None = strawberry.field(
        description="The key's account; null if Stripe does not report it. If the key may not read its account, only "
        "the id is known."
    )
    permissions: list[KeyPermission] = strawberry.field(
        description="The permissions that were looked for. A secret key has all of them."
    )
    same_account: list[Credential] = strawberry.field(
        description="The first ten of the organization's credentials that have this account in this mode, oldest first."
    )


CheckSecretKeyResult = Annotated[
    CheckSecretKeySuccess | InvalidSecretKeyError | InvalidInputError | StripeUnavailableError,
    strawberry.union("CheckSecretKeyResult", description="The result of checkSecretKey."),
]
_KINDS = {enums.SecretKeyKind.SECRET: "secret key", enums.SecretKeyKind.RESTRICTED: "restricted key"}


@strawberry.type
class KeyMutations:
    @strawberry.mutation(
        description="Asks Stripe about a secret key as createCredential does, and saves nothing. Counts as one check "
        "of a key. Needs CONFIGURE."
    )
    async def check_secret_key(
        self,
        info: Info,
        input: Annotated[CheckSecretKeyInput, strawberry.argument(description="The key.")],
    ) -> CheckSecretKeyResult | None:
        found = await credentials.check_secret_key(
            info.context, secret_key=input.secret_key, permissions=optional(input.permissions)
        )
        key = found.checked
        return CheckSecretKeySuccess(
            message=with_notes(
                f"Stripe accepts this {_KINDS[key.kind]}.",
                credentials.warning(info.context, key.permissions),
                credentials.connected_note(found.same_account),
            ),
            destination=key.destination,
            kind=key.kind,
            account=StripeAccount.reported(key.account, key.destination),
            permissions=KeyPermission.list_of(key.permissions),
            same_account=[Credential.of(row) for row in found.same_account],
        )
