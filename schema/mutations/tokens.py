"""Mutations of API tokens."""

from datetime import datetime
from typing import Annotated

import strawberry

from resolvers import tokens
from schema import enums
from schema.errors import InvalidInputError, NameTakenError, NotFoundError
from schema.execution.context import Info
from schema.inputs import optional
from schema.interfaces import Success
from schema.types.token import ApiToken


@strawberry.input(description="Input of issueToken.")
class IssueTokenInput:
    name: str = strawberry.field(
        description="The name, 1 to 100 characters, unique among the tokens that have not ended. Events record it as "
        "the actor."
    )
    scopes: list[enums.Scope] = strawberry.field(
        description="The scopes to grant. They must be scopes that the viewer has."
    )
    expires_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When the token expires. The default is never."
    )


@strawberry.type(description="The token was issued. It is shown only once.")
class IssueTokenSuccess(Success):
    token: ApiToken = strawberry.field(description="The token's metadata.")
    secret: str = strawberry.field(
        description="The token itself, for 'Authorization: Bearer …'. It is shown only once."
    )


@strawberry.input(description="Input of revokeToken.")
class RevokeTokenInput:
    id: strawberry.ID = strawberry.field(description="The token's id.")


@strawberry.type(description="The token was revoked, or had expired before.")
class RevokeTokenSuccess(Success):
    token: ApiToken = strawberry.field(description="The token, which has ended.")


IssueTokenResult = Annotated[
    IssueTokenSuccess | InvalidInputError | NameTakenError,
    strawberry.union("IssueTokenResult", description="The result of issueToken."),
]
RevokeTokenResult = Annotated[
    RevokeTokenSuccess | NotFoundError,
    strawberry.union("RevokeTokenResult", description="The result of revokeToken."),
]


@strawberry.type
class TokenMutations:
    @strawberry.mutation(description="Issues an API token. Needs MANAGE_TOKENS.")
    async def issue_token(
        self, info: Info, input: Annotated[IssueTokenInput, strawberry.argument(description="The new token.")]
    ) -> IssueTokenResult | None:
        row, token = await tokens.issue(
            info.context, name=input.name, scopes=input.scopes, expires_at=optional(input.expires_at)
        )
        return IssueTokenSuccess(
            message=f"Token “{row.name}” has been issued.", token=ApiToken.of(row), secret=token.reveal()
        )

    @strawberry.mutation(description="Permanently revokes an API token. Needs MANAGE_TOKENS.")
    async def revoke_token(
        self, info: Info, input: Annotated[RevokeTokenInput, strawberry.argument(description="The token.")]
    ) -> RevokeTokenResult | None:
        row = await tokens.revoke(info.context, input.id)
        ended = "been revoked" if row.revoked_at else "expired"
        return RevokeTokenSuccess(message=f"Token “{row.name}” has {ended}.", token=ApiToken.of(row))
