"""The mutation that reveals an integration's secret."""

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


@strawberry.input(description="Input of revealSecret.")
class RevealSecretInput:
    integration_id: strawberry.ID = strawberry.field(description="The integration's id.")
    reason: str = strawberry.field(
        description="Why the secret is needed, 1 to 500 characters. Recorded in the event log."
    )


@strawberry.type(description="The secret, ready for calls to Stripe.")
class RevealSecretSuccess(Success):
    secret_key: str = strawberry.field(description="The key to call Stripe with. Store it in memory only.")
    stripe_account_id: str | None = strawberry.field(description="The Stripe account; null if it is not known.")
    livemode: bool = strawberry.field(description="Whether the key is for live mode, with real payments.")


RevealSecretResult = Annotated[
    RevealSecretSuccess | InvalidInputError | NotFoundError | IntegrationInactiveError | CredentialNotConnectedError,
    strawberry.union("RevealSecretResult", description="The result of revealSecret."),
]


@strawberry.type
class SecretMutations:
    @strawberry.mutation(
        description="Reveals the secret of an active integration, and records the viewer and the reason in a "
        "SECRET_REVEALED event. A repeated request is judged and recorded again, whatever its Idempotency-Key. Needs "
        "REVEAL_SECRETS."
    )
    async def reveal_secret(
        self,
        info: Info,
        input: Annotated[RevealSecretInput, strawberry.argument(description="The integration and the reason.")],
    ) -> RevealSecretResult | None:
        revealed = await secrets.reveal(info.context, integration_id=input.integration_id, reason=input.reason)
        credential = revealed.integration.credential
        return RevealSecretSuccess(
            message=f"The secret of integration “{revealed.integration.name}” has been revealed.",
            secret_key=revealed.secret_key.reveal(),
            stripe_account_id=credential.shown_account_id,
            livemode=credential.destination.livemode,
        )
