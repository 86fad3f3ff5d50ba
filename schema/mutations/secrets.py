"""The mutations of partners' services: revealing an integration's secret, and reporting that Stripe rejected it."""

from typing import Annotated

import strawberry

from resolvers import credentials, secrets
from schema import enums
from schema.errors import (
    CredentialNotConnectedError,
    IntegrationInactiveError,
    InvalidInputError,
    NotFoundError,
    StripeUnavailableError,
)
from schema.execution.context import Info
from schema.interfaces import Success
from schema.mutations.credentials import WRONG
from schema.types.integration import Credential, Integration


@strawberry.input(description="Input of revealSecret.")
class RevealSecretInput:
    integration_id: strawberry.ID = strawberry.field(description="The integration's id.")
    reason: str = strawberry.field(
        description="Why the secret is needed, 1 to 500 characters. Recorded in the event log."
    )


@strawberry.type(description="The secret, ready for calls to Stripe.")
class RevealSecretSuccess(Success):
    secret_key: str = strawberry.field(description="The key to call Stripe with. Store it in memory only.")
    stripe_account_id: str | None = strawberry.field(
        description="The Stripe account; null if the key has no permission to read its own account."
    )
    livemode: bool = strawberry.field(description="Whether the key is for live mode, with real payments.")


@strawberry.input(description="Input of reportCredentialFailure.")
class ReportCredentialFailureInput:
    integration_id: strawberry.ID = strawberry.field(description="The id of the integration whose secret was revealed.")


@strawberry.type(description="The credential was checked, or did not need to be. See its status and problem.")
class ReportCredentialFailureSuccess(Success):
    integration: Integration = strawberry.field(description="The current integration.")
    credential: Credential = strawberry.field(description="The current credential of the integration.")


RevealSecretResult = Annotated[
    RevealSecretSuccess | InvalidInputError | NotFoundError | IntegrationInactiveError | CredentialNotConnectedError,
    strawberry.union("RevealSecretResult", description="The result of revealSecret."),
]
ReportCredentialFailureResult = Annotated[
    ReportCredentialFailureSuccess | NotFoundError | StripeUnavailableError,
    strawberry.union("ReportCredentialFailureResult", description="The result of reportCredentialFailure."),
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

    @strawberry.mutation(
        description="Reports that Stripe answered 401 to an integration's secret. Stripe is asked about the current "
        "secret, once for all reports that come within a second; if Stripe rejects it, the credential is disconnected "
        "at once. If Stripe accepts it, reveal the secret again. Needs REVEAL_SECRETS."
    )
    async def report_credential_failure(
        self,
        info: Info,
        input: Annotated[ReportCredentialFailureInput, strawberry.argument(description="The integration.")],
    ) -> ReportCredentialFailureResult | None:
        row = await credentials.report_failure(info.context, integration_id=input.integration_id)
        credential = row.credential
        accepted = credential.status is enums.CredentialStatus.CONNECTED
        found = "Stripe accepts this key." if accepted else f"Credential “{credential.name}” is not connected."
        if credential.problem:
            found = f"Credential “{credential.name}” no longer works: {WRONG[credential.problem]}"
        return ReportCredentialFailureSuccess(
            message=found, integration=Integration.of(row), credential=Credential.of(credential)
        )
