"""The mutation that hands a secret out."""

from typing import Annotated

import strawberry

from resolvers import secrets
from schema.errors import (
    CredentialNotConnectedError,
    IntegrationInactiveError,
    InvalidInputError,
    NotFoundError,
)
from schema.execution.context import Info
from schema.interfaces import Success


@strawberry.input(description="Hands an integration partner what it needs to call Stripe. Recorded as SECRET_REVEALED.")
class RevealSecretInput:
    integration_id: strawberry.ID = strawberry.field(description="Which integration.")
    reason: str = strawberry.field(description="What for, 1 to 500 characters: kept in the log.")


@strawberry.type(description="What is needed to call Stripe.")
class RevealSecretSuccess(Success):
    secret_key: str = strawberry.field(description="The key to call Stripe with. Keep it in memory only.")
    stripe_account_id: str | None = strawberry.field(
        description="The Stripe account; null where the key may not read its own account."
    )
    livemode: bool = strawberry.field(description="Whether real money moves.")


RevealSecretResult = Annotated[
    RevealSecretSuccess | InvalidInputError | NotFoundError | IntegrationInactiveError | CredentialNotConnectedError,
    strawberry.union("RevealSecretResult", description="What revealSecret answers."),
]


@strawberry.type
class SecretMutations:
    @strawberry.mutation(
        description="Hands out the secret of an active integration, and records who asked and why. "
        "Needs REVEAL_SECRETS."
    )
    async def reveal_secret(
        self,
        info: Info,
        input: Annotated[RevealSecretInput, strawberry.argument(description="Which integration, and what for.")],
    ) -> RevealSecretResult:
        revealed = await secrets.reveal(info.context, integration_id=input.integration_id, reason=input.reason)
        credential = revealed.integration.credential
        return RevealSecretSuccess(
            message=f"The secret of integration “{revealed.integration.name}” has been revealed.",
            secret_key=revealed.secret_key.reveal(),
            stripe_account_id=credential.shown_account_id,
            livemode=credential.destination.livemode,
        )
