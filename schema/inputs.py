"""Unpacking inputs."""

from typing import TypeVar

import strawberry
from strawberry.types.unset import UnsetType

from kit.secret import Secret
from resolvers.integrations import Authentication, CredentialId
from resolvers.refusals import InvalidInput

T = TypeVar("T")


@strawberry.input(
    description="What an integration is to authenticate with: exactly one of the two.",
    one_of=True,
)
class AuthenticationInput:
    secret_key: Secret | None = strawberry.field(
        default=strawberry.UNSET, description="A secret or restricted key from Stripe's dashboard."
    )
    credential_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A connected credential that there is already."
    )

    def unpack(self) -> Authentication:
        """Whichever of the two was given."""
        return self.secret_key if isinstance(self.secret_key, Secret) else CredentialId(str(self.credential_id))


def optional(value: T | UnsetType | None) -> T | None:
    """An optional argument's value, None if it was left out or null."""
    return None if isinstance(value, UnsetType) else value


def given(field: str, value: T | UnsetType | None) -> T | None:
    """An optional input's value, None if it was left out; raises InvalidInput for a null, which would say nothing."""
    if value is None:
        raise InvalidInput(field, "This cannot be null. Leave it out to leave it as it is.")
    return None if isinstance(value, UnsetType) else value
