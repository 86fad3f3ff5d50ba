"""API tokens, as clients see them."""

from datetime import datetime
from typing import Self

import strawberry

import models
from schema import enums
from schema.execution.cacheable import NOT_CACHEABLE
from schema.interfaces import Node


@strawberry.type(description="A bearer token of this API. Its text is shown once, when it is issued.")
class ApiToken(Node):
    name: str = strawberry.field(description="What events call those who use it.")
    scopes: list[enums.Scope] = strawberry.field(description="What it allows.")
    masked_token: str = strawberry.field(description="Its last four characters, as in 'drawbridge_…x7Qb'.")
    created_at: datetime = strawberry.field(description="When it was issued.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to the minute; null if never. Changes without an event.",
        metadata=NOT_CACHEABLE,
    )
    expires_at: datetime | None = strawberry.field(description="When it ends by itself; null if never.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null if it was not.")

    @classmethod
    def of(cls, row: models.ApiToken) -> Self:
        """What clients see of a row."""
        return cls(
            id=strawberry.ID(row.id),
            name=row.name,
            scopes=[enums.Scope(scope) for scope in row.scopes],
            masked_token=row.masked_token,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
        )
