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


@strawberry.input(description="A new API token.")
class IssueTokenInput:
    name: str = strawberry.field(description="What events call those who use it; 1 to 100 characters, unique.")
    scopes: list[enums.Scope] = strawberry.field(description="What it allows: only what the viewer may do.")
    expires_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When it ends by itself; never, if left out."
    )


@strawberry.type(description="The token has been issued. It is shown this once.")
class IssueTokenSuccess(Success):
    token: ApiToken = strawberry.field(description="What is kept of it.")
    secret: str = strawberry.field(description="The token itself, for 'Authorization: Bearer …'. Shown this once.")


@strawberry.input(description="A token to end.")
class RevokeTokenInput:
    id: strawberry.ID = strawberry.field(description="Which token.")


@strawberry.type(description="The token has been revoked.")
class RevokeTokenSuccess(Success):
    token: ApiToken = strawberry.field(description="The token, which is of no use any more.")


IssueTokenResult = Annotated[
    IssueTokenSuccess | InvalidInputError | NameTakenError,
    strawberry.union("IssueTokenResult", description="What issueToken answers."),
]
RevokeTokenResult = Annotated[
    RevokeTokenSuccess | NotFoundError,
    strawberry.union("RevokeTokenResult", description="What revokeToken answers."),
]


@strawberry.type
class TokenMutations:
    @strawberry.mutation(description="Issues an API token. Needs MANAGE_TOKENS.")
    async def issue_token(
        self, info: Info, input: Annotated[IssueTokenInput, strawberry.argument(description="The new token.")]
    ) -> IssueTokenResult:
        row, token = await tokens.issue(
            info.context, name=input.name, scopes=input.scopes, expires_at=optional(input.expires_at)
        )
        return IssueTokenSuccess(
            message=f"Token “{row.name}” has been issued.", token=ApiToken.of(row), secret=token.reveal()
        )

    @strawberry.mutation(description="Revokes an API token for good. Needs MANAGE_TOKENS.")
    async def revoke_token(
        self, info: Info, input: Annotated[RevokeTokenInput, strawberry.argument(description="Which token.")]
    ) -> RevokeTokenResult:
        row = await tokens.revoke(info.context, input.id)
        return RevokeTokenSuccess(message=f"Token “{row.name}” has been revoked.", token=ApiToken.of(row))
