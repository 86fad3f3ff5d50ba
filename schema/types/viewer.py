"""Who is asking, and for which organization."""

from typing import Self

import strawberry

import models
from resolvers.context import Viewer as Asking
from schema import enums
from schema.interfaces import Node


@strawberry.type(description="A tenant: its integrations, credentials, tokens and events are its own.")
class Organization(Node):
    name: str = strawberry.field(description="Its name.")

    @classmethod
    def of(cls, row: models.Organization) -> Self:
        """What clients see of a row."""
        return cls(id=strawberry.ID(row.id), name=row.name)


@strawberry.type(description="Who is asking.")
class Viewer:
    """A caller."""

    name: str = strawberry.field(description="What events call the viewer: the API token's name, or what a JWT says.")
    organization: Organization = strawberry.field(description="Whose integrations the viewer sees.")
    scopes: list[enums.Scope] = strawberry.field(description="What the viewer may do.")

    @classmethod
    def of(cls, viewer: Asking) -> Self:
        """What clients see of a caller, with the scopes in the order in which they are declared."""
        scopes = [scope for scope in enums.Scope if scope in viewer.scopes]
        return cls(name=viewer.name, organization=Organization.of(viewer.organization), scopes=scopes)
