"""The mutations that reveal an integration's secret, report that Stripe rejected it, and restore the previous one."""

from datetime import datetime
from typing import Annotated

import strawberry

from resolvers import credentials, secrets
from schema import enums
from schema.errors import (
    CredentialNotConnectedError,
    IntegrationInactiveError,
    InvalidInputError,
    InvalidSecretKeyError,
    NoPreviousSecretError,
    NotFoundError,
    StaleVersionError,
    StripeUnavailableError,
)
from schema.execution.context import Info
from schema.inputs import optional
from schema.interfaces import Success
from schema.mutations.credentials import WRONG
from schema.mutations.messages import with_notes
from schema.types.integration import Credential, Integration


@strawberry.input(description="Input of revealSecret.")
class RevealSecretInput:
    integration_id: strawberry.ID = strawberry.field(description="The integration's id.")
    reason: str = strawberry.field(
        description="Why the secret is needed, 1 to 500 characters. Recorded in the event log."
    )
    version: enums.SecretVersion = strawberry.field(
        default=enums.SecretVersion.CURRENT,
        description="Which secret to reveal: the current one, or the previous one while it is kept.",
    )


@strawberry.type(description="The secret, ready for calls to Stripe.")
class RevealSecretSuccess(Success):
    secret_key: str = strawberry.field(description="The key to call Stripe with. Store it in memory only.")
    stripe_account_id: str | None = strawberry.field(description="The Stripe account; null if it is not known.")
    livemode: bool = strawberry.field(description="Whether the key is for live mode, with real payments.")
    destination: enums.Destination = strawberry.field(description="Stripe or Stripe (Test Mode).")
    secret_version: int = strawberry.field(
        description="The number of the secret: once the credential's secretVersion is greater, another has replaced it."
    )
    expires_at: datetime | None = strawberry.field(
        description="Use an access token of a Stripe App until then, and reveal again. It works some minutes longer. A "
        "time in the past: use it once, because Stripe could not be asked for the next one. Null if it does not end."
    )


@strawberry.input(description="Input of restoreCredentialSecret.")
class RestoreCredentialSecretInput:
    id: strawberry.ID = strawberry.field(description="The credential's id.")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Restore only if this is the current version."
    )


@strawberry.type(description="The previous key is the current one again. The key that it replaces was erased.")
class RestoreCredentialSecretSuccess(Success):
    credential: Credential = strawberry.field(description="The current credential.")


@strawberry.input(description="Input of reportCredentialFailure.")
class ReportCredentialFailureInput:
    integration_id: strawberry.ID = strawberry.field(description="The id of the integration whose secret was revealed.")


@strawberry.type(description="The credential was checked, or did not need to be. See its status and problem.")
class ReportCredentialFailureSuccess(Success):
    integration: Integration = strawberry.field(description="The current integration.")
    credential: Credential = strawberry.field(description="The current credential of the integration.")


RevealSecretResult = Annotated[
    RevealSecretSuccess
    | InvalidInputError
    | NotFoundError
    | IntegrationInactiveError
    | CredentialNotConnectedError
    | NoPreviousSecretError
    | StripeUnavailableError,
    strawberry.union("RevealSecretResult", description="The result of revealSecret."),
]
RestoreCredentialSecretResult = Annotated[
    RestoreCredentialSecretSuccess
    | InvalidSecretKeyError
    | NotFoundError
    | NoPreviousSecretError
    | StaleVersionError
    | StripeUnavailableError,
    strawberry.union("RestoreCredentialSecretResult", description="The result of restoreCredentialSecret."),
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
        revealed = await secrets.reveal(
            info.context, integration_id=input.integration_id, reason=input.reason, version=input.version
        )
        return RevealSecretSuccess(
            message=f"The secret of integration “{revealed.integration.name}” has been revealed.",
            secret_key=revealed.secret_key.reveal(),
            stripe_account_id=revealed.account_id,
            livemode=revealed.destination.livemode,
            destination=revealed.destination,
            secret_version=revealed.secret_version,
            expires_at=revealed.expires_at,
        )

    @strawberry.mutation(
        description="Makes the previous key of a credential the current one again, if Stripe still accepts it. Needs "
        "CONFIGURE."
    )
    async def restore_credential_secret(
        self,
        info: Info,
        input: Annotated[RestoreCredentialSecretInput, strawberry.argument(description="The credential.")],
    ) -> RestoreCredentialSecretResult | None:
        row = await credentials.restore(info.context, id_=input.id, expected_version=optional(input.expected_version))
        lacking = credentials.warning(info.context, row.key_permissions)
        return RestoreCredentialSecretSuccess(
            message=with_notes(f"Credential “{row.name}” has its previous key again.", lacking),
            credential=Credential.of(row),
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
