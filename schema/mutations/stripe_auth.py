"""Mutations that connect a Stripe account by OAuth."""

from datetime import datetime
from typing import Annotated

import strawberry

from kit.secret import Secret
from resolvers import stripe_auth
from schema import enums
from schema.errors import (
    InvalidInputError,
    NameTakenError,
    NotFoundError,
    StripeAuthError,
    StripeUnavailableError,
)
from schema.execution.context import Info
from schema.inputs import optional
from schema.interfaces import Success
from schema.types.integration import Credential


@strawberry.input(
    description="Begins a new credential (name and destination), or connects one again (credentialId), which keeps its "
    "name and destination."
)
class BeginStripeAuthInput:
    return_url: str = strawberry.field(
        description="Where Stripe's answer is taken to: one of the server's allowed return URLs, by origin and path."
    )
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="A new credential's name, unique among the organization's credentials."
    )
    destination: enums.Destination = strawberry.field(
        default=enums.Destination.STRIPE, description="What a new credential is for."
    )
    credential_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The credential to connect again; it has to have come by OAuth."
    )


@strawberry.type(description="The user can be sent to Stripe.")
class BeginStripeAuthSuccess(Success):
    credential: Credential = strawberry.field(description="The credential; a new one is incomplete until completed.")
    authorization_url: str = strawberry.field(description="Where to send the user.")
    expires_at: datetime = strawberry.field(description="Until when the user may come back and complete.")


@strawberry.input(description="What Stripe's redirect carried: state with code, or state with error.")
class CompleteStripeAuthInput:
    state: str = strawberry.field(description="The state, as it came back.")
    code: Secret | None = strawberry.field(default=strawberry.UNSET, description="The code, if access was approved.")
    error: str | None = strawberry.field(default=strawberry.UNSET, description="OAuth's error, if it was not.")
    error_description: str | None = strawberry.field(
        default=strawberry.UNSET, description="Stripe's words on the error; they are not kept."
    )


@strawberry.type(description="The Stripe account is connected.")
class CompleteStripeAuthSuccess(Success):
    credential: Credential = strawberry.field(description="The credential as it is now.")


BeginStripeAuthResult = Annotated[
    BeginStripeAuthSuccess | InvalidInputError | NameTakenError | NotFoundError,
    strawberry.union("BeginStripeAuthResult", description="What beginStripeAuth answers."),
]
CompleteStripeAuthResult = Annotated[
    CompleteStripeAuthSuccess | StripeAuthError | StripeUnavailableError,
    strawberry.union("CompleteStripeAuthResult", description="What completeStripeAuth answers."),
]


@strawberry.type
class StripeAuthMutations:
    @strawberry.mutation(description="Begins to connect a Stripe account by OAuth. Needs CONFIGURE.")
    async def begin_stripe_auth(
        self,
        info: Info,
        input: Annotated[BeginStripeAuthInput, strawberry.argument(description="What is to be connected.")],
    ) -> BeginStripeAuthResult:
        begun = await stripe_auth.begin(
            info.context,
            name=optional(input.name),
            destination=input.destination,
            credential_id=optional(input.credential_id),
            return_url=input.return_url,
        )
        return BeginStripeAuthSuccess(
            message=f"Approve access for credential “{begun.credential.name}” at Stripe.",
            credential=Credential.of(begun.credential),
            authorization_url=begun.authorization_url,
            expires_at=begun.expires_at,
        )

    @strawberry.mutation(
        description="Completes what beginStripeAuth began; the same call again has the same answer. Needs CONFIGURE, "
        "and the viewer who began."
    )
    async def complete_stripe_auth(
        self,
        info: Info,
        input: Annotated[CompleteStripeAuthInput, strawberry.argument(description="What came back from Stripe.")],
    ) -> CompleteStripeAuthResult:
        row = await stripe_auth.complete(
            info.context, state=input.state, code=optional(input.code), error=optional(input.error)
        )
        still = row.status is enums.CredentialStatus.CONNECTED
        found = "is connected to Stripe" if still else "was connected, and has been disconnected since"
        return CompleteStripeAuthSuccess(message=f"Credential “{row.name}” {found}.", credential=Credential.of(row))
