"""The authenticated caller and its organization."""

from datetime import datetime
from typing import Self

import strawberry

import models
from resolvers import tokens
from resolvers.context import Viewer as Caller
from schema import enums
from schema.execution.context import Info
from schema.interfaces import Node
from schema.types.token import ApiToken


@strawberry.type(
    description="A tenant. Integrations, credentials, tokens and events belong to exactly one organization."
)
class Organization(Node):
    name: str = strawberry.field(description="The organization's name.")

    @classmethod
    def of(cls, row: models.Organization) -> Self:
        return cls(id=strawberry.ID(row.id), name=row.name)


@strawberry.type(description="The authenticated caller.")
class Viewer:
    name: str = strawberry.field(
        description="The name that events record as the actor: the API token's name, or a claim of the JWT."
    )
    organization: Organization = strawberry.field(description="The organization that the viewer belongs to.")
    scopes: list[enums.Scope] = strawberry.field(description="The viewer's permissions.")
    kind: enums.ActorKind = strawberry.field(description="The kind that events record: TOKEN or USER.")
    expires_at: datetime | None = strawberry.field(description="When the viewer's token expires; null if never.")

    @strawberry.field(description="The viewer's API token; null for a user. Needs no scope.")
    async def token(self, info: Info) -> ApiToken | None:
        row = await tokens.own(info.context)
        return ApiToken.of(row) if row else None

    @classmethod
    def of(cls, viewer: Caller) -> Self:
        """Lists the scopes in the order of their declaration, so that responses are stable."""
        scopes = [scope for scope in enums.Scope if scope in viewer.scopes]
        return cls(
            name=viewer.name,
            organization=Organization.of(viewer.organization),
            scopes=scopes,
            kind=viewer.kind,
            expires_at=viewer.expires_at,
        )
