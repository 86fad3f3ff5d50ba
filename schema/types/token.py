"""The type of API tokens."""

from datetime import datetime
from typing import Self

import strawberry

import models
from schema import enums
from schema.execution.cacheable import NOT_CACHEABLE
from schema.execution.context import Info
from schema.interfaces import Node


@strawberry.type(description="A bearer token for this API. The token itself is shown only once, when it is issued.")
class ApiToken(Node):
    name: str = strawberry.field(description="The name, which events record as the actor.")
    scopes: list[enums.Scope] = strawberry.field(description="The scopes that the token grants.")
    masked_token: str = strawberry.field(description="The prefix and last four characters, such as 'drawbridge_…x7Qb'.")
    created_at: datetime = strawberry.field(description="When the token was issued.")
    last_used_at: datetime | None = strawberry.field(
        description="When the token was last used, to the minute; null if never. Updates do not produce events.",
        metadata=NOT_CACHEABLE,
    )
    expires_at: datetime | None = strawberry.field(description="When the token expires; null if never.")
    revoked_at: datetime | None = strawberry.field(description="When the token was revoked; null if it was not.")
    row: strawberry.Private[models.ApiToken]

    @strawberry.field(description="Whether the token is accepted.", metadata=NOT_CACHEABLE)
    def status(self, info: Info) -> enums.TokenStatus:
        """Not cacheable, because time alone changes it."""
        return self.row.status_at(info.context.now())

    @classmethod
    def of(cls, row: models.ApiToken) -> Self:
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            scopes=[enums.Scope(scope) for scope in row.scopes],
            masked_token=row.masked_token,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
            row=row,
        )
