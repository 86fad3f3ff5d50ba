"""Mutations that connect a Stripe account with OAuth."""

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


@strawberry.input(description="A credential to create.")
class NewCredentialInput:
    name: str = strawberry.field(
        description="The name, 1 to 100 characters, unique among the organization's credentials."
    )
    destination: enums.Destination = strawberry.field(description="Stripe or Stripe (Test Mode).")


@strawberry.input(description="The credential to connect: exactly one of the two fields.", one_of=True)
class StripeAuthTarget:
    new_credential: NewCredentialInput | None = strawberry.field(
        default=strawberry.UNSET, description="Creates a credential."
    )
    credential_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The OAuth credential to reconnect. Its name and destination do not change.",
    )

    def unpack(self) -> stripe_auth.NewCredential | str:
        new = self.new_credential
        if isinstance(new, NewCredentialInput):
            return stripe_auth.NewCredential(new.name, new.destination)
        return str(self.credential_id)


@strawberry.input(description="Input of beginStripeAuth.")
class BeginStripeAuthInput:
    return_url: str = strawberry.field(
        description="The URL to return to from Stripe. Its origin and path must be allowed by the server's settings."
    )
    target: StripeAuthTarget = strawberry.field(description="The credential to connect.")


@strawberry.type(description="The authorization was started. Redirect the user to Stripe next.")
class BeginStripeAuthSuccess(Success):
    credential: Credential = strawberry.field(
        description="The credential. A new one is incomplete until completeStripeAuth."
    )
    authorization_url: str = strawberry.field(description="The URL to redirect the user to.")
    expires_at: datetime = strawberry.field(description="When the authorization expires.")


@strawberry.input(
    description="Input of completeStripeAuth: the parameters of Stripe's redirect, state and either code or error."
)
class CompleteStripeAuthInput:
    state: str = strawberry.field(description="The state parameter.")
    code: Secret | None = strawberry.field(
        default=strawberry.UNSET, description="The code parameter, if the user approved access."
    )
    error: str | None = strawberry.field(
        default=strawberry.UNSET, description="The error parameter, if the user did not approve access."
    )
    error_description: str | None = strawberry.field(
        default=strawberry.UNSET, description="The error_description parameter. It is not stored."
    )


@strawberry.type(description="The Stripe account is connected.")
class CompleteStripeAuthSuccess(Success):
    credential: Credential = strawberry.field(description="The current credential.")


BeginStripeAuthResult = Annotated[
    BeginStripeAuthSuccess | InvalidInputError | NameTakenError | NotFoundError,
    strawberry.union("BeginStripeAuthResult", description="The result of beginStripeAuth."),
]
CompleteStripeAuthResult = Annotated[
    CompleteStripeAuthSuccess | StripeAuthError | StripeUnavailableError,
    strawberry.union("CompleteStripeAuthResult", description="The result of completeStripeAuth."),
]


@strawberry.type
class StripeAuthMutations:
    @strawberry.mutation(description="Starts to connect a Stripe account with OAuth. Needs CONFIGURE.")
    async def begin_stripe_auth(
        self,
        info: Info,
        input: Annotated[BeginStripeAuthInput, strawberry.argument(description="The credential to connect.")],
    ) -> BeginStripeAuthResult | None:
        begun = await stripe_auth.begin(info.context, target=input.target.unpack(), return_url=input.return_url)
        return BeginStripeAuthSuccess(
            message=f"Approve access for credential “{begun.credential.name}” at Stripe.",
            credential=Credential.of(begun.credential),
            authorization_url=begun.authorization_url,
            expires_at=begun.expires_at,
        )

    @strawberry.mutation(
        description="Completes an authorization that the same viewer started with beginStripeAuth. Idempotent: a "
        "repeated call returns the same result. Needs CONFIGURE."
    )
    async def complete_stripe_auth(
        self,
        info: Info,
        input: Annotated[
            CompleteStripeAuthInput, strawberry.argument(description="The parameters of Stripe's redirect.")
        ],
    ) -> CompleteStripeAuthResult | None:
        row = await stripe_auth.complete(
            info.context, state=input.state, code=optional(input.code), error=optional(input.error)
        )
        still = row.status is enums.CredentialStatus.CONNECTED
        found = "is connected to Stripe" if still else "was connected, but has since been disconnected"
        return CompleteStripeAuthSuccess(message=f"Credential “{row.name}” {found}.", credential=Credential.of(row))
