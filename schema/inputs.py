"""Converts inputs for use cases."""

from typing import TypeVar

import strawberry
from strawberry.types.unset import UnsetType

from kit.secret import Secret
from resolvers.integrations import Authentication, CredentialId, NewKey
from resolvers.refusals import InvalidInput

T = TypeVar("T")


@strawberry.input(
    description="The authentication of an integration: exactly one of the two fields.",
    one_of=True,
)
class AuthenticationInput:
    secret_key: Secret | None = strawberry.field(
        default=strawberry.UNSET, description="A secret or restricted key from the Stripe Dashboard."
    )
    credential_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The id of an existing, connected credential."
    )

    def unpack(self, *, any_account: bool = False) -> Authentication:
        if isinstance(self.secret_key, Secret):
            return NewKey(self.secret_key, any_account)
        return CredentialId(str(self.credential_id))


def optional(value: T | UnsetType | None) -> T | None:
    """The value of an optional argument; None if it was omitted or null."""
    return None if isinstance(value, UnsetType) else value


def not_null(field: str, value: T | UnsetType | None) -> T | None:
    """The value of an optional input field; None if it was omitted. Raises InvalidInput for an explicit null."""
    if value is None:
        raise InvalidInput(field, "This cannot be null. Omit it to leave it unchanged.")
    return None if isinstance(value, UnsetType) else value
